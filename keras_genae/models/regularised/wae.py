"""The Wasserstein autoencoder."""

from keras import ops

from keras_genae import noise
from keras_genae.divergences import mmd
from keras_genae.divergences.mmd import check_kernel
from keras_genae.models.regularised.matched_ae import MatchedAE
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="regularised",
    minimises="−log p(x|z) + penalty_weight · MMD²(codes, N(0, I))",
    use="generation without noise in training",
    paper="Tolstikhin et al. 2018",
)
class WAE(MatchedAE):
    """Spread the codes like N(0, I), all of them together: the WAE-MMD.

    Minimises −log p(x|z) + penalty_weight · MMD²(Q_z, P_z), z = encoder(x), where Q_z is the
    distribution of the codes, P_z = N(0, I), and

        MMD² = E k(z, z') + E k(y, y') − 2 E k(z, y),    z, z' ~ Q_z,  y, y' ~ P_z.

    It is estimated without bias from the codes of the batch and as many draws from the prior, with
    a kernel of several widths: see `keras_genae.divergences.mmd`. Each example is given the same
    number, which may lie below 0. The draws share the examples' weights.

    Choose it for sharp reconstructions with a prior to sample from: the encoder has no noise, so
    nothing is blurred that the decoder could tell apart.

    Its limits: the estimate is of a batch, and noisy in small ones: take 100 examples or more, and
    more for long codes, where MMD sees less and less. The codes of data of fewer dimensions than z
    lie on a thin sheet that no penalty makes a ball, so that N(0, I) has holes: sample after
    `fit_prior`. It bounds no likelihood: there is no ELBO, no rate, no active unit.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        kernel: `"imq"`, the inverse multiquadratic of the paper, or `"rbf"`, the Gaussian.
        penalty_weight: nats for each unit of MMD², which is at most 2; a callback may move it. At 0
            the model is an `Autoencoder`. (The authors' code adds the kernels of seven widths up
            where they are averaged here, and takes a tenth of the squared error: its λ of 10 is
            here 700.)
        **kwargs: the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = WAE((30,), latent_dim=2, widths=(32,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 30)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['loss', 'mmd_loss', 'reconstruction_loss']
    >>> model.sample(3, seed=0).shape
    (3, 30)

    Reference:
        Tolstikhin et al., "Wasserstein Auto-Encoders", 2018, algorithm 2.
    """

    PENALTY = "mmd_loss"

    def __init__(
        self, input_shape=None, latent_dim=None, kernel="imq", penalty_weight=100.0, **kwargs
    ):
        self.kernel = check_kernel(kernel)
        super().__init__(input_shape, latent_dim, penalty_weight, **kwargs)

    def divergence(self, z, batch):
        """MMD²(Q_z, P_z)."""
        y = noise.normal(ops.shape(z), self.noise_for(batch.training, z))  # y ~ P_z
        weight = batch.sample_weight
        return mmd(z, y, self.kernel, x_weight=weight, y_weight=weight)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "kernel": self.kernel}
