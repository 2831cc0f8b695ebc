"""How rare the values of an example are, each feature by itself."""

import math

import numpy as np

from keras_genae.anomaly.standardizer import is_spread

# The density is known at so many places of each feature, from as many examples at most.
PLACES, MOST_EXAMPLES = 512, 10_000
# The kernel reaches so many bandwidths to either side.
REACH = 4.0


class MarginalDensity:
    """−log density of an example under a model without latent variables, in nats.

    Such a model takes the features for independent, p(x) = Π p(x_j), and each p(x_j) is a kernel
    density of the training data. It sees what an autoencoder overlooks: a value that is rare but
    easy to reconstruct, such as one between two modes, or one that all anomalies share. What it
    misses, features that do not go together, is what the autoencoder sees. Forests find anomalies
    by single features as well.

    The kernel is normal, with Scott's bandwidth. One more observation, that could be anywhere, is
    added to those of training (a Cauchy distribution around their mean): beyond all data the
    surprise still grows, by the logarithm of the distance.

    `fit` it to training data, then call it.

    Example:

    >>> import numpy as np
    >>> sign = np.random.default_rng(0).choice([-1.0, 1.0], (500, 1))
    >>> density = MarginalDensity().fit(sign * [1.0, 20.0])
    >>> usual, between, far = density(np.array([[1.0, 20.0], [1.0, 0.0], [9.0, 20.0]]))
    >>> bool(usual < between < far)
    True

    References:
        Scott, "Multivariate Density Estimation", 1992, section 6.5 (the bandwidth);
        one density a feature: Goldstein & Dengel, "Histogram-based Outlier Score", 2012.
    """

    def fit(self, x):
        """Estimate the density of each feature.

        Args:
            x: array of normal examples `(n, ...)`, of which each entry is a feature.

        Returns:
            This object.

        Raises:
            ValueError: where `x` is empty or not finite.
        """
        x = _flat(x)
        if not x.size or not np.isfinite(x).all():
            raise ValueError(
                "A density is that of finite numbers of shape (n, ...), of one example or more. "
                f"Received: x.shape={x.shape}, {np.sum(~np.isfinite(x))} of them not finite"
            )
        x = x[:: math.ceil(len(x) / MOST_EXAMPLES)]
        self.size = np.array(len(x))
        # In units of the largest number, of which no square overflows.
        largest = np.maximum(np.abs(x).max(axis=0), 1.0)
        self.mean = largest * np.mean(x / largest, axis=0)
        deviation = largest * np.std(x / largest, axis=0)
        self.scale = np.where(is_spread(deviation, self.mean), deviation, 1.0)
        x = self._scaled(x)
        bandwidth = len(x) ** -0.2
        self.lowest = x.min(axis=0) - REACH * bandwidth
        self.step = (x.max(axis=0) + REACH * bandwidth - self.lowest) / (PLACES - 1)
        self.density = np.stack(
            [
                smooth(np.round((column - lowest) / step).astype(int), bandwidth / step) / step
                for column, lowest, step in zip(x.T, self.lowest, self.step, strict=True)
            ]
        ).astype("float32")
        return self

    def __call__(self, x):
        """The score of each example, float64 `(n,)`, in nats, but for a constant of the units.

        Args:
            x: array `(n, ...)`, of features as in `fit`.

        Raises:
            ValueError: where the number of features is another.
        """
        x = _flat(x)
        if x.shape[1] != len(self.mean):
            raise ValueError(
                f"The density is that of {len(self.mean)} features. Received: x.shape={x.shape}"
            )
        return -sum(self._log_density(column, j) for j, column in enumerate(self._scaled(x).T))

    def _scaled(self, x):
        return (x - self.mean) / self.scale

    def _log_density(self, column, j):
        place = (column - self.lowest[j]) / self.step[j]
        known = np.interp(place, np.arange(PLACES), self.density[j], left=0.0, right=0.0)
        anywhere = -np.log(np.pi) - 2.0 * np.log(np.hypot(1.0, column))
        with np.errstate(divide="ignore"):
            return np.logaddexp(np.log(self.size * known), anywhere) - np.log(self.size + 1.0)


def smooth(places, bandwidth):
    """The density of examples at whole places below `PLACES`, per place, `(PLACES,)`.

    Args:
        places: ints `(n,)`.
        bandwidth: of the normal kernel, in places.
    """
    counts = np.bincount(places, minlength=PLACES) / len(places)
    reach = min(math.ceil(REACH * bandwidth), PLACES)
    kernel = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / bandwidth))
    return np.convolve(counts, kernel / kernel.sum())[reach : reach + PLACES]


def _flat(x):
    x = np.asarray(x, "float64")
    return x.reshape(len(x), math.prod(x.shape[1:]))
