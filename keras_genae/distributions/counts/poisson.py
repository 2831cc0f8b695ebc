"""The Poisson distribution: counts."""

from keras import ops

from keras_genae.distributions import draws
from keras_genae.distributions.events import sum_over_event
from keras_genae.distributions.saddle_point import HALF_LOG_TWO_PI, deviance, stirling_error


class Poisson:
    """Independent counts of rate λ: p(x) = λˣ e^−λ / x!.

    Args:
        log_mean: float tensor `(batch, ...)`, log λ.

    Example:

    >>> import numpy as np
    >>> poisson = Poisson(log_mean=np.zeros((1, 2)))                # λ = 1
    >>> float(poisson.log_prob(np.array([[0.0, 1.0]]))[0])
    -2.0
    """

    def __init__(self, log_mean):
        self.log_mean = ops.cast(log_mean, "float32")

    @property
    def mean(self):
        """λ."""
        return ops.exp(self.log_mean)

    def log_prob(self, x, weight=None):
        """log p(x) in nats, each entry times its weight, summed: `(batch,)`."""
        x = ops.cast(x, "float32")
        # x! without Stirling's formula, which has no value at 0, where x! is 1.
        counted = ops.maximum(x, 1.0)
        log_factorial = stirling_error(counted) + HALF_LOG_TWO_PI + 0.5 * ops.log(counted)
        log_factorial = ops.where(x > 0.0, log_factorial, 0.0)
        return sum_over_event(-deviance(x, self.mean, self.log_mean) - log_factorial, weight)

    def sample(self, seed=None):
        """Whole numbers, float32, of the shape of the mean."""
        return draws.poisson(self.mean, draws.seeds_for(ops.shape(self.log_mean), seed))
