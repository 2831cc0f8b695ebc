"""The continuous Bernoulli distribution: a density for values between 0 and 1."""

from keras import ops

from keras_genae import noise
from keras_genae.distributions.events import sum_over_event

# Closer to zero than this the closed forms divide zero by zero; there their Taylor series, in
# float32, is the more exact of the two.
NEAR_ZERO = 0.6


class ContinuousBernoulli:
    """Independent entries in [0, 1] with density C(λ) λˣ (1 − λ)¹⁻ˣ, given by the logits of λ.

    Args:
        logits: float tensor `(batch, ...)`, l = log(λ / (1 − λ)).

    Example:

    >>> import numpy as np
    >>> uniform = ContinuousBernoulli(logits=np.zeros((1, 3)))       # λ = ½: uniform on [0, 1]
    >>> abs(round(float(uniform.log_prob(np.full((1, 3), 0.7))[0]), 4))
    0.0

    Reference:
        Loaiza-Ganem & Cunningham, "The continuous Bernoulli: fixing a pervasive error in
        variational autoencoders", 2019.
    """

    def __init__(self, logits):
        self.logits = ops.cast(logits, "float32")

    # In logits the density on [0, 1] is exp(l·x) · l / (eˡ − 1): an exponential density, cut at 1.

    @property
    def mean(self):
        """E[x] = 1 / (1 − e⁻ˡ) − 1 / l, in (0, 1): not λ."""
        near, safe = self._near_zero()
        # At −l the mean is mirrored at ½: written for |l|, no exponential overflows.
        size = ops.abs(safe)
        mirrored = 1.0 / (1.0 - ops.exp(-size)) - 1.0 / size
        exact = ops.where(safe < 0.0, 1.0 - mirrored, mirrored)
        square = ops.square(self.logits)
        series = 0.5 + self.logits * (1.0 / 12.0 - square * (1.0 / 720.0 - square / 30240.0))
        return ops.where(near, series, exact)

    def log_prob(self, x, weight=None):
        """log density at `x` in nats, each entry times its weight, summed: `(batch,)`."""
        x = ops.cast(x, "float32")
        return sum_over_event(x * self.logits - self._log_normaliser(), weight)

    def sample(self, seed=None):
        """Values in [0, 1], float32, by the inverse of the cumulative distribution."""
        uniform = noise.uniform(ops.shape(self.logits), seed)
        # The distribution of 1 − x has the logit −l: mirrored to l < 0, no exponential overflows.
        steepness = -ops.maximum(ops.abs(self.logits), 1e-3)
        x = ops.log1p(uniform * ops.expm1(steepness)) / steepness
        x = ops.where(self.logits < 0.0, x, 1.0 - x)
        return ops.clip(ops.where(ops.abs(self.logits) < 1e-3, uniform, x), 0.0, 1.0)

    def _log_normaliser(self):
        # log ∫ exp(l·x) dx = log((eˡ − 1) / l), eˡ taken out so that it cannot overflow.
        near, safe = self._near_zero()
        size = ops.abs(safe)
        exact = ops.relu(safe) + ops.log1p(-ops.exp(-size)) - ops.log(size)
        square = ops.square(self.logits)
        series = 1.0 / 24.0 - square * (1.0 / 2880.0 - square / 181440.0)
        series = 0.5 * self.logits + square * series
        return ops.where(near, series, exact)

    def _near_zero(self):
        near = ops.abs(self.logits) < NEAR_ZERO
        # The branch not taken must still be finite, or its gradient, zero times infinity, is not.
        return near, ops.where(near, ops.ones_like(self.logits), self.logits)
