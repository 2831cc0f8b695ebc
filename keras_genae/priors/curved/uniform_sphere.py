"""The uniform density on a sphere, over latent vectors that are directions."""

import keras
import numpy as np
from keras import ops

from keras_genae.distributions import UniformSphere
from keras_genae.priors.prior import Prior


@keras.saving.register_keras_serializable(package="keras_genae")
class UniformSpherePrior(Prior):
    """All directions alike: what codes on a sphere are drawn from; there is nothing to fit.

    Args:
        latent_dim: entries of a latent vector.

    Example:

    >>> import numpy as np
    >>> z = UniformSpherePrior(latent_dim=3).sample(2, np.random.default_rng(0))
    >>> bool(np.allclose(np.linalg.norm(z, axis=1), 1.0))
    True
    """

    def fit(self, mean, variance=None, seed=0):
        """The density is the same for all codes: see `Prior.fit`."""
        self.check_moments(mean, variance)

    def sample(self, count, rng, temperature=1.0):
        """See `Prior.sample`; a uniform distribution has no temperature but 1."""
        if temperature != 1.0:
            raise ValueError(
                "Draws from a uniform distribution are not more typical at another temperature. "
                f"Leave it at 1. Received: temperature={temperature}"
            )
        z = rng.standard_normal((count, self.latent_dim))
        return (z / np.linalg.norm(z, axis=1, keepdims=True)).astype("float32")

    def log_prob(self, z):
        """log density per area of the sphere, in nats: float32 `(n,)`."""
        return ops.convert_to_numpy(UniformSphere(self.latent_dim).log_prob(self.check_latents(z)))

    @property
    def stddev(self):
        """Standard deviation of each unit: 1 / √latent_dim."""
        return np.full(self.latent_dim, self.latent_dim**-0.5)
