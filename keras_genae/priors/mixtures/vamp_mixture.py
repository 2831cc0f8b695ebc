"""The mixture of the posteriors of chosen training examples."""

import keras
import numpy as np
from keras import ops

from keras_genae.distributions.real.diagonal_normal import LOG_TWO_PI
from keras_genae.networks.checks import check_whole
from keras_genae.priors.mixtures.mixture import MixturePrior
from keras_genae.priors.prior import as_floats

COMPONENTS = 500
KMEANS_STEPS = 20
# Examples that the bandwidth of codes without posteriors is chosen by.
JUDGES = 2000
# Standard deviations of a component to try, in units of the overall spread.
BANDWIDTHS = np.geomspace(0.01, 1.0, 41)
# Of a posterior, in the same units.
NARROWEST = 1e-3


@keras.saving.register_keras_serializable(package="keras_genae")
class VampMixturePrior(MixturePrior):
    """Σ_k shares[k] · q(z|x_k): the aggregated posterior, thinned to representative examples x_k.

    The aggregated posterior, the mean of q(z|x) over all training examples, is the prior that
    maximises the ELBO. Tomczak & Welling approach it by pseudo-inputs, which are learned together
    with the model. Here nothing is learned: after training, the examples next to the centers of
    k-means on the posterior means stand for the rest, each with a share of the examples that are
    nearest to it. So a sample is a variation on a training example, and what lies between the
    examples is given little density: with fewer components than examples, more so.

    The codes of a plain autoencoder have no posterior. Each component then is a normal kernel of
    one width in units of the overall spread, the one under which examples are most likely, each
    judged without the kernel on itself.

    Args:
        latent_dim: entries of a latent vector.
        components: how many; `fit` sets it, and a loaded prior is made with what was saved.

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> means, variances = rng.normal(size=(1000, 2)), np.full((1000, 2), 0.1)
    >>> prior = VampMixturePrior(latent_dim=2)
    >>> prior.fit(means, variances, components=50)
    >>> prior.sample(4, rng).shape
    (4, 2)

    Reference:
        Tomczak & Welling, "VAE with a VampPrior", 2018.
    """

    def fit(self, mean, variance=None, seed=0, components=COMPONENTS):
        """Choose the examples, and keep their posteriors.

        Args:
            mean: codes, or posterior means, `(examples, latent_dim)`.
            variance: posterior variances of the same shape.
            seed: an int; the same data and seed give the same mixture.
            components: how many; all examples that differ where there are no more than that.

        Raises:
            ValueError: on fewer than two examples or components, or entries that are not finite.
        """
        components = check_whole("components", components, smallest=2)
        self.fit_if_better(mean, variance, seed, components=components)

    def learn(self, codes, judges, seed, components):
        """See `ShapedPrior.learn`."""
        mean, variance = codes
        # Units that never move stay where they are.
        scale = np.sqrt(mean.var(axis=0) + 1e-6 * np.mean(mean.var(axis=0)) + 1e-12)
        u = mean / scale
        chosen, shares = representatives(u, components, seed)
        if variance is None:
            stddev = np.tile(best_bandwidth(u, chosen, shares, seed) * scale, (len(chosen), 1))
        else:
            # A posterior without any width has no density.
            stddev = np.maximum(np.sqrt(variance[chosen]), NARROWEST * scale)
        self.keep(shares, mean[chosen], stddev)
        return {}

    def unit_spread(self, components):
        """Standard deviations of 1."""
        return np.ones((components, self.latent_dim))

    def place(self, k, epsilon):
        """The standard deviations of component `k` times the noise."""
        (stddev,) = as_floats(self.spread[k])
        return epsilon * stddev

    def log_prob_of_components(self, z):
        """log density of each component at `z`: `(n, components)`."""
        means, stddev = as_floats(self.means, self.spread)
        log_volumes = np.log(stddev).sum(axis=1)
        squared = squared_distances(z, means, stddev)
        return -0.5 * (squared + self.latent_dim * LOG_TWO_PI) - log_volumes


def density_of(mixture):
    """The density to sample from of a `NormalMixture`, a prior that a model learned itself."""
    mean, log_var, log_shares = (
        ops.convert_to_numpy(values).astype("float64")
        for values in (mixture.components.mean, mixture.components.log_var, mixture.log_shares)
    )
    shares, stddev = np.exp(log_shares), np.exp(0.5 * log_var)
    density = VampMixturePrior(mean.shape[1])
    density.keep(shares, mean, stddev)
    center = shares @ mean
    variance = shares @ (np.square(mean - center) + np.square(stddev))
    density.gaussian.mean.assign(center)
    density.gaussian.cholesky.assign(np.diag(np.sqrt(variance)))
    return density


def representatives(u, components, seed):
    """Indices of examples that stand for the rest, and the share of those nearest to each."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import pairwise_distances_argmin

    distinct = np.sort(np.unique(u, axis=0, return_index=True)[1])
    if len(distinct) <= components:
        chosen = distinct
    else:
        clusters = KMeans(components, n_init=1, max_iter=KMEANS_STEPS, random_state=seed).fit(u)
        chosen = np.unique(pairwise_distances_argmin(clusters.cluster_centers_, u))
    nearest = pairwise_distances_argmin(u, u[chosen])
    return chosen, np.bincount(nearest, minlength=len(chosen)) / len(u)


def best_bandwidth(u, chosen, shares, seed):
    """The width of kernels on `u[chosen]` under which examples are most likely."""
    judges = np.random.default_rng(seed).permutation(len(u))[:JUDGES]
    squared = squared_distances(u[judges], u[chosen], np.ones_like(u[chosen]))
    squared[judges[:, None] == chosen[None, :]] = np.inf  # Nobody is the judge of himself.
    squared = squared[np.isfinite(squared).any(axis=1)]

    def likelihood(width):
        joint = np.log(shares) - 0.5 * squared / width**2
        return np.mean(np.logaddexp.reduce(joint, axis=1)) - u.shape[1] * np.log(width)

    return max(BANDWIDTHS, key=likelihood)


def squared_distances(z, means, stddev):
    """Σ ((z − mean) / stddev)² over units, `(n, components)`."""
    precision = 1.0 / np.square(stddev)
    # By matrix products: the differences themselves would be an array (n, components, latent_dim).
    # They are taken from a common point near all, so that few digits cancel.
    center = means.mean(axis=0)
    z, means = z - center, means - center
    squared = np.square(z) @ precision.T - 2.0 * z @ (means * precision).T
    return np.maximum(squared + np.sum(np.square(means) * precision, axis=1), 0.0)
