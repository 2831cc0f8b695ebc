"""The zero-inflated negative binomial distribution: counts of which some were lost."""

from keras import ops

from keras_genae.distributions import draws
from keras_genae.distributions.counts.negative_binomial import NegativeBinomial
from keras_genae.distributions.events import sum_over_event


class ZeroInflatedNegativeBinomial:
    """Independent counts: 0 with probability π, otherwise negative binomial.

    Args:
        log_mean, log_dispersion: as of `NegativeBinomial`, of what was not lost.
        dropout_logits: log(π / (1 − π)), of the shape of the mean.

    Example:

    >>> import numpy as np
    >>> counts = ZeroInflatedNegativeBinomial(np.zeros((1, 1)), 0.0, np.zeros((1, 1)))
    >>> round(float(counts.log_prob(np.zeros((1, 1)))[0]), 4)       # log(½ + ½ · ½)
    -0.2877

    Reference:
        Lopez et al., "Deep Generative Modeling for Single-Cell Transcriptomics", 2018.
    """

    def __init__(self, log_mean, log_dispersion, dropout_logits):
        self.counts = NegativeBinomial(log_mean, log_dispersion)
        self.dropout_logits = ops.cast(dropout_logits, "float32")

    @property
    def mean(self):
        """(1 − π) μ."""
        return ops.sigmoid(-self.dropout_logits) * self.counts.mean

    def log_prob(self, x, weight=None):
        """log p(x) in nats, each entry times its weight, summed: `(batch,)`."""
        x = ops.cast(x, "float32")
        log_prob, logits = self.counts.log_prob_of_entries(x), self.dropout_logits
        # log(π + (1 − π) p(0)) = log π + log(1 + p(0) (1 − π) / π)
        zero = ops.softplus(log_prob - logits) - ops.softplus(-logits)
        counted = log_prob - ops.softplus(logits)
        return sum_over_event(ops.where(x > 0.0, counted, zero), weight)

    def sample(self, seed=None):
        """Whole numbers, float32, of the shape of the mean."""
        shape = ops.shape(self.dropout_logits)
        seeds = draws.seeds_for(shape, seed)
        is_lost = seeds.uniform(shape) < ops.sigmoid(self.dropout_logits)
        return ops.where(is_lost, 0.0, self.counts.sample(seeds))
