"""The Laplace distribution: errors that are mostly small and now and then large."""

import math

from keras import ops

from keras_genae import noise
from keras_genae.distributions.events import sum_over_event


class Laplace:
    """Independent entries with density exp(−|x − mean| / b) / 2b, one b for all of them.

    −log p(x) is the absolute error over b, plus log 2b for each entry; the mean is the median too.

    Args:
        mean: float tensor `(batch, ...)`.
        scale: b, a float or a scalar tensor.

    Example:

    >>> import numpy as np
    >>> laplace = Laplace(mean=np.zeros((1, 2)), scale=1.0)
    >>> round(float(laplace.log_prob(np.ones((1, 2)))[0]), 4)       # −2 − 2 log 2
    -3.3863
    """

    def __init__(self, mean, scale=1.0):
        self.mean = ops.cast(mean, "float32")
        self.scale = ops.cast(scale, "float32")

    def log_prob(self, x, weight=None):
        """log density at `x` in nats, each entry times its weight, summed: `(batch,)`."""
        error = ops.abs(ops.cast(x, "float32") - self.mean)
        return sum_over_event(-error / self.scale - ops.log(2.0 * self.scale), weight)

    def sample(self, seed=None):
        """One draw, float32, of the shape of the mean; not cut to [0, 1]."""
        # The inverse of the cumulative distribution; u has 24 bits, the tail as many.
        u = noise.uniform(ops.shape(self.mean), seed) - 0.5
        tail = ops.maximum(1.0 - 2.0 * ops.abs(u), math.ldexp(1.0, -24))
        return self.mean - self.scale * ops.sign(u) * ops.log(tail)
