"""A schedule for the weight of the KL divergence."""

import math

import keras

from keras_genae.training.beta import require_beta


class KLAnnealing(keras.callbacks.Callback):
    """Move `beta` from `start` to `end`, once or in cycles, then keep it there.

    With the full weight from the first step, the posterior often falls onto the prior before the
    decoder has learnt to use z. The weight is set at the start of each epoch, and logged as `beta`.

    Args:
        epochs: length of the whole schedule.
        start: weight in the first epoch.
        end: weight after the schedule.
        cycles: 1 is the linear warm-up over all `epochs`. More divide them into as many equal
            parts, in each of which the first half rises linearly and the second stays at `end`. A
            cycle takes at least two epochs, one at `start` and one at `end`.

    Raises:
        ValueError: on an empty schedule, cycles too short to rise, or a model without `beta`.

    Example:

    >>> [round(KLAnnealing(epochs=4).beta_at(epoch), 2) for epoch in range(6)]
    [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]
    >>> [round(KLAnnealing(epochs=8, cycles=2).beta_at(epoch), 2) for epoch in range(9)]
    [0.0, 0.5, 1.0, 1.0, 0.0, 0.5, 1.0, 1.0, 1.0]

    References:
        Bowman et al., "Generating Sentences from a Continuous Space", 2016 (linear);
        Fu et al., "Cyclical Annealing Schedule", 2019 (cycles).
    """

    def __init__(self, epochs, start=0.0, end=1.0, cycles=1):
        super().__init__()
        if not 1 <= cycles <= epochs < math.inf:
            raise ValueError(
                "A schedule needs at least one cycle, of at least one epoch. "
                f"Received: epochs={epochs}, cycles={cycles}"
            )
        # The weight is set once an epoch: a shorter cycle would not be seen to rise.
        if cycles > 1 and epochs < 2 * cycles:
            raise ValueError(
                "Each cycle needs two epochs, one to start from and one to rise to: give "
                f"`cycles={max(int(epochs // 2), 1)}` or fewer, or `epochs={2 * cycles}` or more. "
                f"Received: epochs={epochs}, cycles={cycles}"
            )
        if not all(0 <= weight < math.inf for weight in (start, end)):
            raise ValueError(
                "`start` and `end` are finite numbers and may not be negative. "
                f"Received: start={start}, end={end}"
            )
        self.epochs = epochs
        self.start = start
        self.end = end
        self.cycles = cycles

    def beta_at(self, epoch):
        """The weight in an epoch, counted from 0: it depends on nothing else, so a run resumes."""
        if epoch >= self.epochs:
            return self.end
        done = (epoch * self.cycles / self.epochs) % 1.0
        rise = min(1.0, done if self.cycles == 1 else 2.0 * done)
        return self.start + (self.end - self.start) * rise

    def on_train_begin(self, logs=None):
        """Look for the weight to move."""
        require_beta(self)

    def on_epoch_begin(self, epoch, logs=None):
        """Set the weight of this epoch."""
        self.model.beta.assign(self.beta_at(epoch))

    def on_epoch_end(self, epoch, logs=None):
        """Log it."""
        logs["beta"] = self.beta_at(epoch)
