"""A normal distribution with full covariance over latent vectors."""

import keras
import numpy as np

from keras_genae.distributions.diagonal_normal import LOG_TWO_PI
from keras_genae.priors.prior import Prior, as_floats


@keras.saving.register_keras_serializable(package="keras_genae")
class GaussianPrior(Prior):
    """N(mean, covariance) fitted to the codes of real data; N(0, I) until then.

    A trained encoder does not fill N(0, I) evenly: its codes are correlated and of unequal spread.
    Draws from a density fitted on the codes decode to better samples, and a plain autoencoder has
    no other density to draw from.

    Args:
        latent_dim: entries of a latent vector.

    Example:

    >>> import numpy as np
    >>> prior = GaussianPrior(latent_dim=2)
    >>> prior.fit(np.random.default_rng(0).normal([3.0, 0.0], [2.0, 0.5], (10_000, 2)))
    >>> z = prior.sample(10_000, np.random.default_rng(1))
    >>> bool(abs(z[:, 0].mean() - 3.0) < 0.1)
    True

    Reference:
        Ghosh et al., "From Variational to Deterministic Autoencoders", 2020, section 4
        (ex-post density estimation).
    """

    def __init__(self, latent_dim, **kwargs):
        super().__init__(latent_dim, **kwargs)
        self.mean = self.add_weight(
            name="mean", shape=(latent_dim,), initializer="zeros", trainable=False
        )
        self.cholesky = self.add_weight(
            name="cholesky",
            shape=(latent_dim, latent_dim),
            initializer="identity",
            trainable=False,
        )

    @property
    def stddev(self):
        """Standard deviation of each unit, `(latent_dim,)`."""
        (cholesky,) = as_floats(self.cholesky)
        return np.sqrt(np.sum(np.square(cholesky), axis=1))

    def fit(self, mean, variance=None, seed=0):
        """Take the moments of latent vectors.

        Args:
            mean: codes, or posterior means, `(examples, latent_dim)`.
            variance: posterior variances of the same shape; the fit is then that of the aggregated
                posterior, the mean of q(z|x) over the examples.
            seed: taken by every prior; nothing is drawn here.

        Raises:
            ValueError: on fewer than two examples, or entries that are not finite.
        """
        mean, variance = self.check_moments(mean, variance)
        covariance = np.atleast_2d(np.cov(mean, rowvar=False))
        if variance is not None:
            covariance += np.diag(np.mean(variance, axis=0))
        self.mean.assign(mean.mean(axis=0))
        self.cholesky.assign(np.linalg.cholesky(covariance + self._ridge(covariance)))

    @staticmethod
    def _ridge(covariance):
        # Fewer examples than units, or a unit that never moves, make the covariance singular. In
        # shares of each unit's own variance, so that their scales do not matter.
        return np.diag(1e-6 * np.diag(covariance) + 1e-12)

    def sample(self, count, rng, temperature=1.0):
        """Draw latent vectors.

        Args:
            count: how many.
            rng: a `numpy.random.Generator`.
            temperature: the standard deviation is multiplied by it.

        Returns:
            float32 `(count, latent_dim)`.
        """
        epsilon = rng.standard_normal((count, self.latent_dim))
        return self.color(temperature * epsilon).astype("float32")

    def log_prob(self, z):
        """log density at `z`, `(n, latent_dim)`, in nats: float32 `(n,)`."""
        u = self.whiten(self.check_latents(z))
        log_prob = -0.5 * np.sum(np.square(u) + LOG_TWO_PI, axis=1) - self.log_volume
        return log_prob.astype("float32")

    # z = mean + L·u with u from N(0, I). The other priors describe what is left in u.

    def whiten(self, z):
        """u = L⁻¹(z − mean): uncorrelated units of variance 1, float64."""
        mean, cholesky = as_floats(self.mean, self.cholesky)
        return np.linalg.solve(cholesky, (z - mean).T).T

    def color(self, u):
        """z = mean + L·u, the reverse of `whiten`, float64."""
        mean, cholesky = as_floats(self.mean, self.cholesky)
        return mean + u @ cholesky.T

    @property
    def log_volume(self):
        """log |det L|: what a log density loses on the way from u to z."""
        (cholesky,) = as_floats(self.cholesky)
        return float(np.sum(np.log(np.diag(cholesky))))
