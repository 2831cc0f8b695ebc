"""A normal distribution with full covariance over latent vectors."""

import keras
import numpy as np

from keras_genae.distributions.real.diagonal_normal import LOG_TWO_PI
from keras_genae.priors.held_out import distinct, is_higher
from keras_genae.priors.prior import Prior, as_floats

# Shares of the correlations to try leaving out, and parts that the codes are judged in.
SHRINKAGES = (0.0, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0)
FOLDS = 5


@keras.saving.register_keras_serializable(package="keras_genae")
class GaussianPrior(Prior):
    """N(mean, covariance) fitted to the codes of real data; N(0, I) until then.

    A trained encoder does not fill N(0, I) evenly: its codes are correlated and of unequal spread.
    Draws from a density fitted on the codes decode to better samples, and a plain autoencoder has
    no other density to draw from.

    From few codes correlations are found that are not there; of fewer codes than units, directions
    without any spread. So the correlations are shrunk by the share under which codes held out are
    most likely: none of it where codes are many, all of it where they are next to none.

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
        (ex-post density estimation);
        Schäfer & Strimmer, "A Shrinkage Approach to Large-Scale Covariance Matrix Estimation",
        2005 (its target D: variances are kept, correlations shrunk).
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
        covariance = covariance_of(mean, variance)
        kept = 1.0 - shrinkage(mean, variance)
        shrunk = kept * covariance + np.diag((1.0 - kept) * np.diag(covariance))
        self.mean.assign(mean.mean(axis=0))
        self.cholesky.assign(np.linalg.cholesky(shrunk + ridge(covariance)))

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


def covariance_of(mean, variance):
    """The covariance of codes, or of draws from all posteriors, `(latent_dim, latent_dim)`."""
    covariance = np.atleast_2d(np.cov(mean, rowvar=False))
    return covariance if variance is None else covariance + np.diag(np.mean(variance, axis=0))


def ridge(covariance):
    """What is added to a covariance that may be singular, a diagonal matrix.

    Fewer examples than units, or a unit that never moves, make it so. In shares of each unit's own
    variance, so that their scales do not matter.
    """
    return np.diag(1e-6 * np.diag(covariance) + 1e-12)


def shrinkage(mean, variance):
    """The share of all correlations to leave out, from 0 to 1, by cross-validation.

    0 where that is no worse than chance explains; 1 where there are too few codes to tell.
    """
    group, count = distinct(mean)
    if count <= 2 or mean.shape[1] == 1:
        return 1.0
    # Copies of a code are in one fold: none judges itself.
    fold = group % FOLDS
    scores = np.concatenate(
        [held_out_scores(mean, variance, fold == i) for i in range(min(FOLDS, count))]
    )
    best = np.argmax(scores.mean(axis=0))
    return SHRINKAGES[best] if is_higher(scores[:, best], scores[:, 0], errors=1.0) else 0.0


def held_out_scores(mean, variance, is_held_out):
    """log density of codes held out at each shrinkage, but for a constant: `(n, shrinkages)`."""
    rest = ~is_held_out
    covariance = covariance_of(mean[rest], variance if variance is None else variance[rest])
    covariance += ridge(covariance)
    scale = np.sqrt(np.diag(covariance))
    eigenvalues, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    off = (mean[is_held_out] - mean[rest].mean(axis=0)) / scale
    squared = np.square(off @ vectors)
    if variance is not None:  # In expectation over the posterior.
        squared += variance[is_held_out] / np.square(scale) @ np.square(vectors)
    scores = []
    for share in SHRINKAGES:
        shrunk = np.maximum((1.0 - share) * eigenvalues + share, 1e-6)
        scores.append(-0.5 * np.sum(np.log(shrunk) + squared / shrunk, axis=1))
    return np.stack(scores, axis=1)
