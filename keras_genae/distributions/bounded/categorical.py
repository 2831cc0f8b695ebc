"""The categorical distribution over grey levels."""

from keras import ops

from keras_genae.distributions.draws import seeds_for
from keras_genae.distributions.events import sum_over_event


class Categorical:
    """Independent entries, each one of K levels 0, 1/(K − 1), …, 1, each level as likely as it is.

    Nothing is assumed of how likelihood goes with grey: neighbouring levels are as foreign to each
    other as black and white.

    Args:
        logits: float tensor `(batch, ..., K)`.

    Example:

    >>> import numpy as np
    >>> fair = Categorical(logits=np.zeros((1, 2, 256)))
    >>> round(float(fair.log_prob(np.array([[0.0, 1.0]]))[0]), 3)           # −2 log 256
    -11.09
    """

    def __init__(self, logits):
        self.logits = ops.cast(logits, "float32")
        self.levels = self.logits.shape[-1]

    @property
    def mean(self):
        """The mean level, in [0, 1]."""
        levels = ops.arange(self.levels, dtype="float32") / (self.levels - 1)
        return ops.sum(ops.softmax(self.logits, axis=-1) * levels, axis=-1)

    def log_prob(self, x, weight=None):
        """log p(x) in nats, each entry times its weight, summed: `(batch,)`.

        Args:
            x: levels `(batch, ...)`, of which the nearest is taken.
            weight: of each entry.
        """
        level = ops.round(ops.cast(x, "float32") * (self.levels - 1))
        level = ops.cast(ops.clip(level, 0, self.levels - 1), "int32")
        chosen = ops.take_along_axis(self.logits, level[..., None], axis=-1)[..., 0]
        return sum_over_event(chosen - ops.logsumexp(self.logits, axis=-1), weight)

    def sample(self, seed=None):
        """Levels, float32 `(batch, ...)`."""
        level = draw_index(self.logits, seeds_for(ops.shape(self.logits), seed))
        return ops.cast(level, "float32") / (self.levels - 1)


def draw_index(logits, seeds):
    """Draws from classes along the last axis, int32.

    Reference:
        Gumbel, "Statistical Theory of Extreme Values", 1954: the largest of logits plus noise.
    """
    noise = -ops.log(-ops.log(seeds.uniform(ops.shape(logits))))
    return ops.cast(ops.argmax(logits + noise, axis=-1), "int32")
