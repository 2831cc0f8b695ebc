"""Draws from the posteriors, and what each costs."""

import dataclasses
from typing import Any

from keras_genae.training.batch import Batch


@dataclasses.dataclass
class WeighedDraws:
    """K draws z ~ q(z|x) for each example of a batch, in nats, each number `(batch, K)`.

    Attributes:
        distortion: −log p(x|z).
        rate: log q(z|x) − log p(z); its mean over draws is KL(q(z|x) ‖ p(z)).
        likelihood: p(x|z) of all draws, those of an example one after the other.
        batch: each example K times, as the likelihood has them.
    """

    distortion: Any
    rate: Any
    likelihood: Any
    batch: Batch

    @property
    def log_weights(self):
        """log p(x|z) + log p(z) − log q(z|x): the mean weight is an unbiased p(x)."""
        return -(self.distortion + self.rate)
