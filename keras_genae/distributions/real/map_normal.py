"""The normal distribution over maps of vectors."""

from keras import ops

from keras_genae.distributions.real.diagonal_normal import DiagonalNormal

PLACES = (-2, -1)


class MapNormal(DiagonalNormal):
    """A `DiagonalNormal` over maps: every entry of every place is a unit, independent of the rest.

    Args:
        mean: float tensor or array `(..., height, width, latent_dim)`.
        log_var: log σ², of the same shape.

    Example:

    >>> import numpy as np
    >>> posterior = MapNormal(mean=np.ones((1, 2, 3, 4)), log_var=np.zeros((1, 2, 3, 4)))
    >>> float(posterior.kl()[0])          # 24 units, ½ · 1² each
    12.0
    """

    @classmethod
    def standard(cls, shape):
        """N(0, I) over maps of a shape, `(height, width, latent_dim)`."""
        return cls(ops.zeros(shape), ops.zeros(shape))

    def log_prob(self, z):
        """log density at `z`, `(..., height, width, latent_dim)`, in nats: `(...)`."""
        return ops.sum(super().log_prob(z), axis=PLACES)

    def kl(self, prior=None):
        """KL(self ‖ prior) in nats, summed over units, `(...)`; by default to N(0, I)."""
        return ops.sum(super().kl(prior), axis=PLACES)
