"""The Bernoulli distribution: pixels that are on or off."""

from keras import ops

from keras_genae import noise
from keras_genae.distributions.bounded.sum_softplus import sum_softplus
from keras_genae.distributions.events import sum_over_event


class Bernoulli:
    """Independent Bernoulli entries, given by their logits.

    −log p(x) is the binary cross-entropy. For grey values between 0 and 1 it is no density any
    more, only a bound that is often minimised all the same; `ContinuousBernoulli` is the density.

    Args:
        logits: float tensor `(batch, ...)`, log(p / (1 − p)).

    Example:

    >>> import numpy as np
    >>> bernoulli = Bernoulli(logits=np.zeros((1, 3)))
    >>> round(float(bernoulli.log_prob(np.ones((1, 3)))[0]), 4)     # 3 · log ½
    -2.0794
    """

    def __init__(self, logits):
        self.logits = ops.cast(logits, "float32")

    @property
    def mean(self):
        """The probability of a one, in [0, 1]."""
        return ops.sigmoid(self.logits)

    def log_prob(self, x, weight=None):
        """log p(x) in nats, each entry times its weight, summed: `(batch,)`."""
        # x·l − softplus(l): the cross-entropy without a logarithm of a rounded probability.
        x = ops.cast(x, "float32")
        if weight is None:
            return sum_over_event(x * self.logits) - sum_softplus(self.logits)
        return sum_over_event(x * self.logits - ops.softplus(self.logits), weight)

    def sample(self, seed=None):
        """Zeros and ones, float32, of the shape of the logits."""
        uniform = noise.uniform(ops.shape(self.logits), seed)
        return ops.cast(uniform < self.mean, "float32")
