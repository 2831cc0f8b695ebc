"""The implicit rank-minimising autoencoder."""

import keras
import numpy as np

from keras_genae.models.autoencoder import Autoencoder
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_whole

# As the authors' code starts, uniform within ±1/√d: a third of the variance that keeps a code's
# length. The product of several is small, and what grows first in it grows fastest.
START = {"scale": 1.0 / 3.0, "mode": "fan_in", "distribution": "uniform"}


@zoo_model(
    family="regularised",
    minimises="−log p(x|z), z = W_l ⋯ W_1 encoder(x)",
    use="codes of as few dimensions as the data have",
    paper="Jing et al. 2020",
)
class IRMAE(Autoencoder):
    """Find out by itself how many dimensions the code needs.

    Minimises −log p(x|z), z = W_l ⋯ W_1 encoder(x), where the W are square matrices without bias or
    activation. Together they are one matrix, and the model can do nothing an `Autoencoder` cannot;
    but gradient descent on a product of matrices raises large singular values faster than small
    ones, and so comes to rest at a product of low rank. There is no penalty and nothing to weigh:
    the rank is what the reconstruction asks for.

    Choose it where the number of dimensions of the data is to be found, with a `latent_dim` well
    above it, or where codes are to lie on a flat of few dimensions: a normal density that is fitted
    to them by `fit_prior` then suits them better. `rank(x)` says how many dimensions they take.

    Its limits: the effect comes from the way of the optimizer, and takes long trainings. Adam and
    plain gradient descent show it; Muon, which gives all singular values of a step the same size,
    takes it away, so that the default optimizer does without it here. More matrices press harder,
    and reconstructions pay for it: of the digits of MNIST with 32 entries in eight epochs no
    matrix left rank 31, two left 20, four 13. Nothing says which of two ranks is right.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        linear_layers: l, the matrices between the encoder and the code; 2 for small data, 4 for
            images of 64×64, 8 at most in the paper. At 0 the model is an `Autoencoder`.
        **kwargs: the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = IRMAE((30,), latent_dim=8, widths=(32,), linear_layers=2, seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 30)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['loss', 'reconstruction_loss']
    >>> 1 <= model.rank(x) <= 8
    True

    References:
        Jing et al., "Implicit Rank-Minimizing Autoencoder", 2020;
        Arora et al., "Implicit Regularization in Deep Matrix Factorization", 2019 (why).
    """

    # Muon gives all singular values of a step the same size: no rank would be lower than another.
    MUON = False

    def __init__(self, input_shape=None, latent_dim=None, linear_layers=4, **kwargs):
        self.linear_layers = check_whole("linear_layers", linear_layers, smallest=0)
        super().__init__(input_shape, latent_dim, **kwargs)

    def complete_encoder(self, encoder):
        """W_l ⋯ W_1 encoder(x); an encoder that was saved has its matrices."""
        names = [f"linear_{i + 1}" for i in range(self.linear_layers)]
        if {layer.name for layer in encoder.layers}.issuperset(names):
            return encoder
        (z,) = encoder.outputs
        for name in names:
            z = square_matrix(z.shape[-1], name)(z)
        return keras.Model(encoder.input, z, name="encoder")

    def singular_values(self, x, batch_size=128, verbose="auto"):
        """Singular values of the covariance of the codes of `x`, the largest first.

        Args:
            x, batch_size, verbose: as in `encode`; two examples at least.

        Returns:
            float32 array `(latent_dim,)`, in squared units of the code.
        """
        codes = self.encode(x, batch_size=batch_size, verbose=verbose).astype("float64")
        if len(codes) < 2:
            raise ValueError(
                f"A covariance needs at least two examples. Received: {len(codes)} example(s)"
            )
        # Of the centred codes themselves: the covariance squares them, and loses the small ones.
        values = np.linalg.svd(codes - codes.mean(axis=0), compute_uv=False)
        padded = np.zeros(self.latent_dim)
        padded[: len(values)] = np.square(values) / (len(codes) - 1)
        return padded.astype("float32")

    def rank(self, x, threshold=0.01, batch_size=128, verbose="auto"):
        """How many dimensions the codes of `x` take.

        Args:
            x, batch_size, verbose: as in `encode`; more examples than `latent_dim`.
            threshold: the share of the largest singular value above which another one counts.

        Returns:
            An int, from 0, where all codes are equal, to `latent_dim`.
        """
        values = self.singular_values(x, batch_size, verbose)
        return int(np.sum(values > threshold * values[0]))

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "linear_layers": self.linear_layers}


def square_matrix(size, name):
    """A layer that multiplies codes by a matrix, and nothing else."""
    return keras.layers.Dense(
        size,
        use_bias=False,
        kernel_initializer=keras.initializers.VarianceScaling(**START),
        dtype="float32",
        name=name,
    )
