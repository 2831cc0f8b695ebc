"""A mixture of normal distributions over latent vectors."""

import warnings

import keras
import numpy as np

from keras_genae.distributions.real.diagonal_normal import LOG_TWO_PI
from keras_genae.networks.checks import check_whole
from keras_genae.priors.mixtures.mixture import MixturePrior
from keras_genae.priors.prior import as_floats, draw

# How many components to try, from few to many.
LADDER = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
# The search ends after this many steps up the ladder that were no better.
PATIENCE = 2
COVARIANCES = ("full", "diag")
# In units of the overall spread: no component is narrower than a hundredth of it.
SMALLEST_VARIANCE = 1e-4


@keras.saving.register_keras_serializable(package="keras_genae")
class GaussianMixturePrior(MixturePrior):
    """A Gaussian mixture with full covariances, fitted by scikit-learn's EM.

    The codes are whitened first, so that their scale does not matter. How many components there
    are, and whether they are full or diagonal in whitened units, is what the Bayesian information
    criterion (BIC) likes best: few and full where codes are many and units few, diagonal otherwise.
    A mixture of one full component is `GaussianPrior`.

    Args:
        latent_dim: entries of a latent vector.
        components: how many; `fit` finds it, and a loaded prior is made with what was saved.

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> codes = rng.normal(size=(600, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 200, axis=0)
    >>> prior = GaussianMixturePrior(latent_dim=2)
    >>> prior.fit(codes)
    >>> prior.components
    3

    Reference:
        Ghosh et al., "From Variational to Deterministic Autoencoders", 2020, section 4
        (a mixture fitted after training, of 10 components there).
    """

    def fit(self, mean, variance=None, seed=0, components=None):
        """Fit by expectation maximisation.

        Args:
            mean: codes, or posterior means, `(examples, latent_dim)`.
            variance: posterior variances of the same shape; the fit is then to a draw from each
                posterior, which are draws from the aggregated posterior.
            seed: an int; the same data and seed give the same mixture.
            components: how many; by default BIC chooses among 1 to 32, as long as there is a code
                for each unit of each.

        Raises:
            ValueError: on fewer than two examples, more components than examples, or entries that
                are not finite.
        """
        if components is not None:
            components = check_components(components, len(mean))
        self.fit_if_better(mean, variance, seed, components=components)

    def learn(self, codes, judges, seed, components=None, covariances=COVARIANCES):
        """See `ShapedPrior.learn`."""
        u = self.gaussian.whiten(draw(*codes, np.random.default_rng(seed)))
        # A component of fewer codes than units collapses onto them, at a density without bound.
        most = max(len(u), self.latent_dim) // self.latent_dim
        ladder = [count for count in LADDER if count <= most]
        if components is not None:
            ladder = [min(components, len(u))]
        best = min((climb(u, ladder, kind, seed) for kind in covariances), key=lambda m: m.bic(u))
        cholesky = np.linalg.cholesky(full_covariances(best))
        (whole,) = as_floats(self.gaussian.cholesky)
        self.keep(best.weights_, self.gaussian.color(best.means_), whole @ cholesky)
        found = self.components if components is None else components
        return {"components": found, "covariances": (best.covariance_type,)}

    def unit_spread(self, components):
        """The Cholesky factors of I."""
        return np.tile(np.eye(self.latent_dim), (components, 1, 1))

    def place(self, k, epsilon):
        """The Cholesky factor of component `k` times the noise."""
        (cholesky,) = as_floats(self.spread[k])
        return epsilon @ cholesky.T

    def log_prob_of_components(self, z):
        """log density of each component at `z`: `(n, components)`."""
        means, cholesky = as_floats(self.means, self.spread)
        log_volumes = np.log(np.diagonal(cholesky, axis1=1, axis2=2)).sum(axis=1)
        squared = [
            np.sum(np.square(np.linalg.solve(factor, (z - mean).T)), axis=0)
            for mean, factor in zip(means, cholesky, strict=True)
        ]
        return -0.5 * (np.stack(squared, axis=1) + self.latent_dim * LOG_TWO_PI) - log_volumes


def check_components(components, examples, smallest=1):
    """`components` where there are as many examples; a ValueError otherwise."""
    components = check_whole("components", components, smallest)
    if components > examples:
        raise ValueError(
            "A mixture has at most as many components as there are examples to fit it to. "
            f"Received: components={components}, {examples} examples"
        )
    return components


def climb(u, ladder, covariance_type, seed):
    """The mixture with the lowest BIC on the ladder."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    best, lowest, steps_since = None, np.inf, 0
    for count in ladder:
        mixture = GaussianMixture(
            count, covariance_type=covariance_type, reg_covar=SMALLEST_VARIANCE, random_state=seed
        )
        with warnings.catch_warnings():
            # A hundred steps of EM that could go on are near enough.
            warnings.simplefilter("ignore", ConvergenceWarning)
            bic = mixture.fit(u).bic(u)
        if bic < lowest:
            best, lowest, steps_since = mixture, bic, 0
        elif (steps_since := steps_since + 1) == PATIENCE:
            break
    return best


def full_covariances(mixture):
    """The covariances of a mixture, `(components, d, d)`, whatever its form."""
    if mixture.covariance_type == "full":
        return mixture.covariances_
    return np.stack([np.diag(variance) for variance in mixture.covariances_])
