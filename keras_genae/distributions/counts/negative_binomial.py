"""The negative binomial distribution: counts that vary more than a Poisson's."""

from keras import ops

from keras_genae.distributions import draws
from keras_genae.distributions.events import sum_over_event
from keras_genae.distributions.saddle_point import (
    HALF_LOG_TWO_PI,
    log_of_count,
    log_ratio,
    stirling_error,
)


class NegativeBinomial:
    """Independent counts of mean μ and variance μ + μ²/θ.

    p(x) = Γ(x + θ) / (Γ(θ) x!) · (θ / (θ + μ))^θ · (μ / (θ + μ))ˣ: a Poisson whose rate is itself
    drawn from a gamma distribution. Towards θ = ∞ it is the Poisson distribution.

    Args:
        log_mean: float tensor `(batch, ...)`, log μ.
        log_dispersion: log θ, to be broadcast over the mean.

    Example:

    >>> import numpy as np
    >>> counts = NegativeBinomial(np.zeros((1, 2)), log_dispersion=0.0)     # ½, ¼, ⅛, …
    >>> round(float(counts.log_prob(np.array([[0.0, 1.0]]))[0]), 4)         # 3 log ½
    -2.0794
    """

    def __init__(self, log_mean, log_dispersion):
        self.log_mean = ops.cast(log_mean, "float32")
        self.log_dispersion = ops.cast(log_dispersion, "float32")

    @property
    def mean(self):
        """μ."""
        return ops.exp(self.log_mean)

    def log_prob(self, x, weight=None):
        """log p(x) in nats, each entry times its weight, summed: `(batch,)`."""
        return sum_over_event(self.log_prob_of_entries(x), weight)

    def log_prob_of_entries(self, x):
        """log p of each entry, of the shape of `x`."""
        x = ops.cast(x, "float32")
        theta, mean = ops.exp(self.log_dispersion), self.mean
        total, rest = x + theta, mean + theta
        # With n = x + θ, as a binomial density is written without differences of large numbers:
        # log p = −D + log θ/n + δ(n) − δ(θ) − δ(x) − ½ log(2π θ x / n),
        # D = θ log((θ + μ)/n) + x log(x (θ + μ)/(n μ)) being 0 where x = μ.
        far = ops.log(rest) - ops.log(total)
        deviance = theta * log_ratio(mean - x, total, far) + x * log_ratio(
            (x - mean) / (1.0 + x / theta), mean, far + log_of_count(x) - self.log_mean
        )
        counted = ops.maximum(x, 1.0)
        total = counted + theta
        log_binomial = (
            stirling_error(total)
            - stirling_error(theta)
            - stirling_error(counted)
            - HALF_LOG_TWO_PI
            - 0.5 * (ops.log(total) + ops.log(counted) - self.log_dispersion)
        )
        # At x = 0 the binomial coefficient is 1.
        return ops.where(x > 0.0, log_binomial, 0.0) - deviance

    def sample(self, seed=None):
        """Whole numbers, float32, of the shape of the mean."""
        shape = ops.shape(self.log_mean)
        seeds = draws.seeds_for(shape, seed)
        theta = ops.broadcast_to(ops.exp(self.log_dispersion), shape)
        return draws.poisson(self.mean * draws.gamma(theta, seeds) / theta, seeds)
