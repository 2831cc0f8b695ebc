"""The combination importance-weighted autoencoder."""

import numbers

import keras
from keras import ops

from keras_genae.models.bounds.iwae import IWAE
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="bounds",
    minimises="−a · ELBO − (1 − a) · log (1/K) Σ p(x|z_k) p(z_k) / q(z_k|x)",
    use="between VAE and IWAE: densities or encoder, by one number",
    paper="Rainforth et al. 2018",
)
class CIWAE(IWAE):
    """Train on a mixture of the ELBO and the bound of `IWAE`.

    Minimises −a · (1/K) Σ_k log w_k − (1 − a) · log (1/K) Σ_k w_k, w_k =
    p(x|z_k) p(z_k) / q(z_k|x), in nats per example, on the same K draws z_k ~ q(z|x). The paper
    calls a = `elbo_weight` β; here `beta` is the weight of the KL, as in all VAEs. a = 1 is a `VAE`
    with K draws, a = 0 is `IWAE`.

    `fit` logs the terms of `IWAE`; the weight of `tightening_loss` is 1 − a.

    Choose it where `IWAE` gives the density that is wanted but its encoder too little: some ELBO
    holds q(z|x) to the posterior, without draws beyond those of `IWAE`.

    Limits: the bound is no tighter than that of `IWAE` on the same draws; a is one more number to
    choose (the paper did well from 0.05 to 0.5).

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        samples: K, draws from q(z|x) for each example.
        elbo_weight: a, from 0 to 1. A Keras variable, which a callback may move.
        **kwargs: the other arguments of `IWAE`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = CIWAE((30,), latent_dim=2, elbo_weight=0.1, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 30)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> model.reconstruct(x).shape
    (64, 30)

    Reference:
        Rainforth et al., "Tighter Variational Bounds are Not Necessarily Better", 2018.
    """

    def __init__(self, input_shape=None, latent_dim=None, samples=5, elbo_weight=0.5, **kwargs):
        is_number = isinstance(elbo_weight, numbers.Real) and not isinstance(elbo_weight, bool)
        if not is_number or not 0.0 <= elbo_weight <= 1.0:
            raise ValueError(
                f"`elbo_weight` must be a number from 0 to 1. Received: elbo_weight={elbo_weight!r}"
            )
        super().__init__(input_shape, latent_dim, samples, **kwargs)
        self.initial_elbo_weight = float(elbo_weight)
        self.elbo_weight = self.add_weight(
            name="elbo_weight",
            shape=(),
            initializer=keras.initializers.Constant(self.initial_elbo_weight),
            dtype="float32",
            trainable=False,
        )

    @property
    def term_weights(self):
        """The ELBO has all of the first two terms, and what the bound is above it counts less."""
        return {**super().term_weights, "tightening_loss": 1.0 - self.elbo_weight}

    def shares(self, log_weights):
        """What each draw counts in the loss: a / K + (1 − a) · w̃."""
        a = ops.convert_to_tensor(self.elbo_weight)
        return a / self.samples + (1.0 - a) * super().shares(log_weights)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "elbo_weight": self.initial_elbo_weight}
