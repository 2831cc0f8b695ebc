"""Counts of which it is known how many there are in all."""

from keras import ops

from keras_genae.distributions.events import sum_over_event

# An example without a count says nothing: its total is as good as 0, and has a logarithm.
SMALLEST_TOTAL = 1e-6


class GivenTotal:
    """Counts x with means n · shares, n = Σ x being a covariate that is given with x.

    Under a mask the means are n · shares / Σ shares, both sums over the known entries.

    Args:
        counts: function of log means, a float tensor `(batch, features)`, to the distribution of
            the counts, such as `Poisson`.
        log_shares: log of the shares, `(batch, features)`, which sum to 1.
        total: n where no x is given, for the mean and the draws: a float, or a tensor that goes
            with `(batch, 1)`.

    Example:

    >>> import numpy as np
    >>> from keras_genae.distributions import Poisson
    >>> counts = GivenTotal(Poisson, np.log([[0.25, 0.75]]), total=100.0)
    >>> np.array(counts.mean).round().tolist()
    [[25.0, 75.0]]
    >>> np.array(counts.like(np.array([[4.0, 4.0]])).mean).round().tolist()
    [[2.0, 6.0]]
    """

    def __init__(self, counts, log_shares, total=1.0):
        self.counts = counts
        self.log_shares = ops.cast(log_shares, "float32")
        self.total = ops.cast(total, "float32")

    @property
    def mean(self):
        """The mean counts, of the shape of the shares."""
        return self._at(self.total).mean

    def like(self, x):
        """The same shares of the total of `x`."""
        total = ops.sum(ops.cast(x, "float32"), axis=-1, keepdims=True)
        return GivenTotal(self.counts, self.log_shares, total)

    def log_prob(self, x, weight=None):
        """log p(x) given n, in nats, each entry times its weight, summed: `(batch,)`."""
        x = ops.cast(x, "float32")
        if weight is None:
            return self._at(ops.sum(x, axis=-1, keepdims=True)).log_prob(x)
        shares = sum_over_event(ops.exp(self.log_shares), weight)[:, None]
        known = sum_over_event(x, weight)[:, None]
        return self._at(known / ops.maximum(shares, SMALLEST_TOTAL)).log_prob(x, weight)

    def sample(self, seed=None):
        """Whole numbers, float32, of the shape of the shares; their sum is n in the mean only."""
        return self._at(self.total).sample(seed)

    def _at(self, total):
        return self.counts(self.log_shares + ops.log(ops.maximum(total, SMALLEST_TOTAL)))
