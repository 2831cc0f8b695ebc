"""The multiply importance-weighted autoencoder."""

from keras_genae.distributions.importance_weights import log_mean_weight
from keras_genae.models.bounds.importance_weighted import ImportanceWeighted
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_whole


@zoo_model(
    family="bounds",
    minimises="−(1/M) Σ_m log (1/K) Σ_k p(x|z_mk) p(z_mk) / q(z_mk|x)",
    use="densities, with an encoder that learns from many draws",
    paper="Rainforth et al. 2018",
)
class MIWAE(ImportanceWeighted):
    """An `IWAE` whose bound is averaged over groups of draws.

    Minimises −(1/M) Σ_m log (1/K) Σ_k w_mk, w_mk = p(x|z_mk) p(z_mk) / q(z_mk|x), in nats per
    example, with M · K draws z_mk from q(z|x). The bound is that of `IWAE` with K draws; more
    groups do not move it, but take noise out of it: with M the encoder's gradient gains on its
    noise, with K it loses. M = 1 is `IWAE`, K = 1 a `VAE` with M draws.

    `fit` logs the terms of `IWAE`.

    Choose it where draws are affordable and the encoder matters as well as log p(x): inference,
    reconstructions, codes.

    Limits: each of the M · K draws is decoded; the bound is as loose as that of K draws, so that
    the decoder does better with `PIWAE` or `IWAE` on as many draws.

    Not the MIWAE of Mattei & Frellsen (2019), an importance-weighted autoencoder of data with
    missing values that shares its name: for those, give any model of the zoo a mask as
    `sample_weight`; their bound is that of `IWAE` with such a mask, what is missing being filled
    with zeros.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        samples: K, draws in each group.
        groups: M; the paper does best with 8 groups of 8.
        **kwargs: the other arguments of `IWAE`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = MIWAE((30,), latent_dim=2, samples=4, groups=2, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 30)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> model.encode(x).shape
    (64, 2)

    References:
        Rainforth et al., "Tighter Variational Bounds are Not Necessarily Better", 2018;
        Mattei & Frellsen, "MIWAE: Deep Generative Modelling and Imputation of Incomplete Data
        Sets", 2019 (the other of this name).
    """

    def __init__(self, input_shape=None, latent_dim=None, samples=5, groups=4, **kwargs):
        self.groups = check_whole("groups", groups)
        super().__init__(input_shape, latent_dim, samples, **kwargs)

    def bound(self, log_weights):
        """(1/M) Σ_m log (1/K) Σ_k w_mk, `(batch,)`."""
        return log_mean_weight(log_weights, self.groups)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "groups": self.groups}
