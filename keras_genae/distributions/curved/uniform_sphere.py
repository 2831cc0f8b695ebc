"""The uniform distribution on a sphere."""

import math

from keras import ops

from keras_genae import noise


class UniformSphere:
    """All directions alike: the uniform distribution on the unit sphere of `latent_dim` entries.

    Densities are those per area of the sphere.

    Args:
        latent_dim: entries of a vector; the sphere has one dimension less.

    Example:

    >>> import numpy as np
    >>> sphere = UniformSphere(3)
    >>> round(float(sphere.log_prob(np.array([[0.0, 0.0, 1.0]]))[0]), 4)       # −log 4π
    -2.531
    """

    def __init__(self, latent_dim):
        self.latent_dim = latent_dim

    @property
    def log_area(self):
        """log of the area of the sphere: 2·π^(m/2) / Γ(m/2) with m entries."""
        half = 0.5 * self.latent_dim
        return math.log(2.0) + half * math.log(math.pi) - math.lgamma(half)

    def log_prob(self, z):
        """log density in nats, the same everywhere: `(..., latent_dim)` to `(...)`."""
        return ops.zeros_like(ops.cast(z, "float32")[..., 0]) - self.log_area

    def sample(self, count, seed=None):
        """`count` draws, float32 `(count, latent_dim)`."""
        return on_sphere(noise.normal((count, self.latent_dim), seed))


def on_sphere(vectors):
    """Vectors `(..., d)` at length 1; that of length 0 becomes the first axis."""
    # Far below float32's step next to any vector that is long enough to have a direction.
    first = ops.cast(ops.arange(vectors.shape[-1]) == 0, "float32") * 1e-12
    vectors = vectors + first
    size = ops.max(ops.abs(vectors), axis=-1, keepdims=True)
    vectors = vectors / size  # The squares of small entries would be zero.
    return vectors / ops.sqrt(ops.sum(ops.square(vectors), axis=-1, keepdims=True))
