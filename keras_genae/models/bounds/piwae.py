"""The partially importance-weighted autoencoder."""

from keras_genae.distributions.importance_weights import log_mean_weight, shares
from keras_genae.models.bounds.miwae import MIWAE
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="bounds",
    minimises="decoder: the loss of IWAE on M · K draws; encoder: that of MIWAE on M groups of K",
    use="densities, with a good encoder as well",
    paper="Rainforth et al. 2018",
)
class PIWAE(MIWAE):
    """Train the decoder on the tighter bound, the encoder on the one it learns more from.

    From the same M · K draws z_mk ~ q(z|x), w_mk = p(x|z_mk) p(z_mk) / q(z_mk|x), the decoder
    minimises −log (1/MK) Σ_mk w_mk, the loss of `IWAE`, and the encoder
    −(1/M) Σ_m log (1/K) Σ_k w_mk, that of `MIWAE`, in nats per example and in one backward pass.
    The first is the `loss` that `fit` logs, with the terms of `IWAE`. M = 1 is `IWAE`.

    Choose it before `IWAE` where draws are affordable: in the paper it was as good a density or
    better, with the better encoder.

    Limits: there is no one function that it minimises; each of the M · K draws is decoded, and a
    step takes a second pass through the decoder for the encoder's gradient.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        samples, groups: K draws in each of M groups.
        **kwargs: the other arguments of `IWAE`; `gradient="dreg"` is that of the encoder's bound.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = PIWAE((30,), latent_dim=2, samples=4, groups=2, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 30)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> model.sample(3, seed=0).shape
    (3, 30)

    Reference:
        Rainforth et al., "Tighter Variational Bounds are Not Necessarily Better", 2018.
    """

    has_two_gradients = True

    def bound(self, log_weights):
        """log (1/MK) Σ w, `(batch,)`: the decoder's; the groups are the encoder's alone."""
        return log_mean_weight(log_weights)

    def shares(self, log_weights):
        """What each draw counts in `bound`."""
        return shares(log_weights)
