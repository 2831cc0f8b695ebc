"""Student's t distribution: a normal one with heavy tails."""

import math

from keras import ops

from keras_genae.distributions.draws import seeds_for
from keras_genae.distributions.events import sum_over_event
from keras_genae.distributions.saddle_point import HALF_LOG_TWO_PI, deviance, stirling_error


class StudentT:
    """Independent entries, (x − mean) / σ distributed as t with ν degrees of freedom.

    An outlier costs about (ν + 1) log |x|, not x²/2: it pulls on the mean ever less the farther it
    lies. The smaller ν, the heavier the tails; towards ν = ∞ it is the normal distribution.

    Args:
        mean: float tensor `(batch, ...)`, the middle (and for ν > 1 the mean).
        variance: σ², a float or a scalar tensor; the variance itself is σ² ν / (ν − 2).
        degrees_of_freedom: ν, a float or a scalar tensor.

    Example:

    >>> import numpy as np
    >>> cauchy = StudentT(np.zeros((1, 1)), variance=1.0, degrees_of_freedom=1.0)
    >>> round(float(cauchy.log_prob(np.ones((1, 1)))[0]), 4)        # −log 2π
    -1.8379

    Reference:
        Lange, Little & Taylor, "Robust Statistical Modeling Using the t Distribution", 1989.
    """

    def __init__(self, mean, variance=1.0, degrees_of_freedom=1.0):
        self.mean = ops.cast(mean, "float32")
        self.variance = ops.cast(variance, "float32")
        self.degrees_of_freedom = ops.cast(degrees_of_freedom, "float32")

    def log_prob(self, x, weight=None):
        """log density at `x` in nats, each entry times its weight, summed: `(batch,)`."""
        nu = self.degrees_of_freedom
        # log Γ((ν + 1)/2) − log Γ(ν/2) − ½ log νπ, both without Stirling's formula, which leaves
        # −(ν/2) log(ν/(ν + 1)) − ½ of it.
        half, above = 0.5 * nu, 0.5 * (nu + 1.0)
        log_constant = stirling_error(above) - stirling_error(half) - HALF_LOG_TWO_PI
        log_constant = log_constant - deviance(half, above, ops.log(above))
        tail = -above * ops.log1p(self.squared(x) / nu)
        return sum_over_event(log_constant - 0.5 * ops.log(self.variance) + tail, weight)

    def squared(self, x):
        """(x − mean)² / σ², entry by entry."""
        return ops.square(ops.cast(x, "float32") - self.mean) / self.variance

    def sample(self, seed=None):
        """One draw, float32, of the shape of the mean; not cut to [0, 1].

        Reference:
            Bailey, "Polar Generation of Random Variates with the t-Distribution", 1994.
        """
        shape, nu = ops.shape(self.mean), self.degrees_of_freedom
        seeds = seeds_for(shape, seed)
        # u^(−2/ν) − 1
        radius = ops.sqrt(nu * ops.expm1(-2.0 / nu * ops.log(seeds.uniform(shape))))
        t = radius * ops.cos(2.0 * math.pi * seeds.uniform(shape))
        return self.mean + ops.sqrt(self.variance) * t
