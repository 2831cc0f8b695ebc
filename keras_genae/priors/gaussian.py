"""A normal distribution with full covariance over latent vectors."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="keras_genae")
class GaussianPrior(keras.layers.Layer):
    """N(mean, covariance) fitted to the codes of real data; saved with the model it belongs to.

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
        super().__init__(**{"dtype": "float32", "trainable": False, **kwargs})
        self.latent_dim = latent_dim
        self.mean = self._state("mean", (latent_dim,))
        self.cholesky = self._state("cholesky", (latent_dim, latent_dim))
        # A weight, not an attribute, so that it is saved: 1 after `fit`.
        self.fitted = self._state("fitted", ())
        self.built = True

    def _state(self, name, shape):
        return self.add_weight(name=name, shape=shape, initializer="zeros", trainable=False)

    @property
    def is_fitted(self):
        """Whether `fit` has been called, in this process or before the model was saved."""
        return bool(ops.convert_to_numpy(self.fitted) > 0)

    @property
    def stddev(self):
        """Standard deviation of each unit, `(latent_dim,)`."""
        return np.sqrt(np.sum(np.square(ops.convert_to_numpy(self.cholesky)), axis=1))

    def fit(self, mean, variance=None):
        """Fit to latent vectors.

        Args:
            mean: codes, or posterior means, `(examples, latent_dim)`.
            variance: posterior variances of the same shape; the fit is then that of the aggregated
                posterior, the mean of q(z|x) over the examples.

        Raises:
            ValueError: on fewer than two examples, or entries that are not finite.
        """
        mean = np.asarray(mean, dtype="float64")
        if mean.ndim != 2 or mean.shape[0] < 2 or mean.shape[1] != self.latent_dim:
            raise ValueError(
                f"A prior is fitted to latent vectors of shape (examples, {self.latent_dim}), at "
                f"least two of them. Received: shape={mean.shape}"
            )
        if not np.isfinite(mean).all():
            raise ValueError("The latent vectors to fit a prior to are not all finite numbers.")
        covariance = np.atleast_2d(np.cov(mean, rowvar=False))
        if variance is not None:
            covariance += np.diag(np.mean(np.asarray(variance, dtype="float64"), axis=0))
        self.mean.assign(mean.mean(axis=0))
        self.cholesky.assign(np.linalg.cholesky(covariance + self._ridge(covariance)))
        self.fitted.assign(1.0)

    @staticmethod
    def _ridge(covariance):
        # Fewer examples than units, or a unit that never moves, make the covariance singular.
        size = len(covariance)
        return (1e-6 * np.trace(covariance) / size + 1e-12) * np.eye(size)

    def sample(self, count, rng, temperature=1.0):
        """Draw latent vectors.

        Args:
            count: how many.
            rng: a `numpy.random.Generator`.
            temperature: the standard deviation is multiplied by it.

        Returns:
            float32 `(count, latent_dim)`.
        """
        mean, cholesky = (ops.convert_to_numpy(w) for w in (self.mean, self.cholesky))
        epsilon = rng.standard_normal((count, self.latent_dim))
        return (mean + temperature * epsilon @ cholesky.T).astype("float32")

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "latent_dim": self.latent_dim}
