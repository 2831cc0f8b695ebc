"""The normal density wrapped around the Poincaré ball, over latent vectors."""

import keras
import numpy as np
from keras import ops

from keras_genae.distributions import PoincareBall, WrappedNormal
from keras_genae.priors.prior import Prior

# Steps that the spread of the points is a mean over.
QUANTILES = 1000


@keras.saving.register_keras_serializable(package="keras_genae")
class WrappedNormalPrior(Prior):
    """Points reached from the middle of the ball by steps from N(0, I); there is nothing to fit.

    Args:
        latent_dim: entries of a latent vector.
        curvature: of the ball, as in `PoincareBall`.

    Example:

    >>> import numpy as np
    >>> z = WrappedNormalPrior(latent_dim=2).sample(100, np.random.default_rng(0))
    >>> bool((np.linalg.norm(z, axis=1) < 1.0).all())
    True
    """

    def __init__(self, latent_dim, curvature=1.0, **kwargs):
        super().__init__(latent_dim, **kwargs)
        self.ball = PoincareBall(curvature)

    def fit(self, mean, variance=None, seed=0):
        """The density is the same for all codes: see `Prior.fit`."""
        self.check_moments(mean, variance)

    def sample(self, count, rng, temperature=1.0):
        """See `Prior.sample`; the temperature is that of the steps."""
        v = temperature * rng.standard_normal((count, self.latent_dim))
        v = ops.convert_to_tensor(v, "float32")
        return ops.convert_to_numpy(self.ball.walk(ops.zeros_like(v), v))

    def log_prob(self, z):
        """log density per volume of the ball, in nats: float32 `(n,)`."""
        z = self.check_latents(z).astype("float32")
        at_0 = WrappedNormal(self.ball, ops.zeros_like(z), ops.zeros_like(z))
        return ops.convert_to_numpy(at_0.log_prob(z))

    @property
    def stddev(self):
        """Standard deviation of each unit, `(latent_dim,)`."""
        from scipy import stats

        shares = (np.arange(QUANTILES) + 0.5) / QUANTILES
        lengths = stats.chi(self.latent_dim).ppf(shares)
        radii = np.tanh(0.5 * self.ball.root * lengths) / self.ball.root
        return np.full(self.latent_dim, np.sqrt(np.mean(np.square(radii)) / self.latent_dim))

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "curvature": self.ball.curvature}
