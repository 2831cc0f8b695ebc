"""The discretised mixture of logistic distributions: grey levels, near ones alike."""

from keras import ops

from keras_genae.distributions.bounded.categorical import draw_index
from keras_genae.distributions.draws import seeds_for
from keras_genae.distributions.events import sum_over_event

# Grey levels lie on [−1, 1] in steps of 2/255.
STEPS = 255.0
HALF_STEP = 1.0 / STEPS


class LogisticMixture:
    """Independent entries, each one of 256 grey levels 0, 1/255, …, 1.

    The probability of a level is the mass that a mixture of K logistic distributions over [−1, 1]
    has within half a step of it; the first level and the last take the tails.

    Args:
        logits: float tensor `(batch, ..., K)` of the components' weights.
        means: of the components, of the same shape; 0 is mid-grey.
        log_scales: log s, of the same shape.

    Example:

    >>> import numpy as np
    >>> one = np.zeros((1, 1, 1))
    >>> black_or_white = LogisticMixture(one, means=one, log_scales=one + 7.0)      # s ≫ 1
    >>> round(float(black_or_white.log_prob(np.zeros((1, 1)))[0]), 2)               # log ½
    -0.69

    Reference:
        Salimans et al., "PixelCNN++: Improving the PixelCNN with Discretized Logistic Mixture
        Likelihood and Other Modifications", 2017.
    """

    # Of log s: below, half a step is hundreds of s; above, all mass is in the tails.
    BOUNDS = (-7.0, 7.0)

    def __init__(self, logits, means, log_scales):
        self.logits = ops.cast(logits, "float32")
        self.means = ops.cast(means, "float32")
        self.log_scales = ops.clip(ops.cast(log_scales, "float32"), *self.BOUNDS)

    @property
    def mean(self):
        """The mean level, in [0, 1], right to a fraction of a step."""
        # Of y cut to [−1, 1] the mean is −1 + ∫ P(y > t) dt, a difference of two softplus; of its
        # levels that integral is a sum by the midpoint rule.
        inverse = ops.exp(-self.log_scales)
        upper = ops.softplus((self.means + 1.0) * inverse)
        lower = ops.softplus((self.means - 1.0) * inverse)
        cut = (upper - lower) / inverse - 1.0
        mean = ops.sum(ops.exp(ops.log_softmax(self.logits, axis=-1)) * cut, axis=-1)
        return ops.clip(0.5 * (mean + 1.0), 0.0, 1.0)

    def log_prob(self, x, weight=None):
        """log p(x) in nats, each entry times its weight, summed: `(batch,)`.

        Args:
            x: levels `(batch, ...)`, of which the nearest is taken.
            weight: of each entry.
        """
        level = ops.round(ops.cast(x, "float32") * STEPS)[..., None]
        centred = 2.0 * level / STEPS - 1.0 - self.means
        inverse = ops.exp(-self.log_scales)
        above, below = (centred + HALF_STEP) * inverse, (centred - HALF_STEP) * inverse
        # σ(a) − σ(b) = σ(a) σ(−b) (1 − e^(b − a)), which cancels nothing.
        log_below_top, log_above_bottom = -ops.softplus(-above), -ops.softplus(below)
        log_mass = ops.log(-ops.expm1(-2.0 * HALF_STEP * inverse))
        log_mass = log_mass + log_below_top + log_above_bottom
        log_mass = ops.where(level <= 0.0, log_below_top, log_mass)
        log_mass = ops.where(level >= STEPS, log_above_bottom, log_mass)
        log_weights = ops.log_softmax(self.logits, axis=-1)
        return sum_over_event(ops.logsumexp(log_weights + log_mass, axis=-1), weight)

    def sample(self, seed=None):
        """Levels, float32 `(batch, ...)`."""
        shape = ops.shape(self.logits)
        seeds = seeds_for(shape, seed)
        chosen = draw_index(self.logits, seeds)[..., None]
        mean, log_scale = (
            ops.take_along_axis(values, chosen, axis=-1)[..., 0]
            for values in (self.means, self.log_scales)
        )
        u = seeds.uniform(shape[:-1])
        y = mean + ops.exp(log_scale) * (ops.log(u) - ops.log1p(-u))
        return ops.clip(ops.round(0.5 * (y + 1.0) * STEPS), 0.0, STEPS) / STEPS
