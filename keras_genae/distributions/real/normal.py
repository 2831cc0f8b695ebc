"""The normal distribution with one standard deviation shared by all entries."""

from keras import ops

from keras_genae import noise
from keras_genae.distributions.events import sum_over_event
from keras_genae.distributions.real.diagonal_normal import LOG_TWO_PI


class Normal:
    """Independent entries N(mean, variance), one variance for all of them.

    −log p(x) is the squared error over 2σ², plus half of log(2πσ²) for each entry: with a fixed σ
    the mean squared error in nats. It is a density: it falls below zero where σ is small.

    Args:
        mean: float tensor `(batch, ...)`.
        variance: σ², a float or a scalar tensor.

    Example:

    >>> import numpy as np
    >>> normal = Normal(mean=np.zeros((1, 2)), variance=1.0)
    >>> round(float(normal.log_prob(np.ones((1, 2)))[0]), 4)        # −log 2π − 1
    -2.8379
    """

    def __init__(self, mean, variance=1.0):
        self.mean = ops.cast(mean, "float32")
        self.variance = ops.cast(variance, "float32")

    def log_prob(self, x, weight=None):
        """log density at `x` in nats, each entry times its weight, summed: `(batch,)`."""
        squared = sum_over_event(ops.square(ops.cast(x, "float32") - self.mean), weight)
        if weight is None:
            entries = ops.cast(ops.size(self.mean[:1]), "float32")
        else:
            entries = sum_over_event(ops.ones_like(self.mean), weight)
        return -0.5 * (squared / self.variance + entries * (ops.log(self.variance) + LOG_TWO_PI))

    def sample(self, seed=None):
        """One draw, float32, of the shape of the mean; not cut to [0, 1]."""
        epsilon = noise.normal(ops.shape(self.mean), seed)
        return self.mean + ops.sqrt(self.variance) * epsilon
