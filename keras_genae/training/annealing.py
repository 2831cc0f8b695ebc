"""A schedule for a number that a model holds in a Keras variable."""

import math

import keras


class Annealing(keras.callbacks.Callback):
    """Base of the callbacks that move a variable from `start` to `end`, once or in cycles.

    A subclass names the variable in `MOVES`. It is set at the start of each epoch, and logged.

    Args:
        epochs: length of the whole schedule.
        start: value in the first epoch.
        end: value after the schedule.
        cycles: 1 is one linear rise over all `epochs`. More divide them into as many equal parts,
            in each of which the first half rises linearly and the second stays at `end`. A cycle
            takes at least two epochs, one at `start` and one at `end`.

    Raises:
        ValueError: on an empty schedule, or cycles too short to rise.
    """

    MOVES = ""

    def __init__(self, epochs, start=0.0, end=1.0, cycles=1):
        super().__init__()
        if not 1 <= cycles <= epochs < math.inf:
            raise ValueError(
                "A schedule needs at least one cycle, of at least one epoch. "
                f"Received: epochs={epochs}, cycles={cycles}"
            )
        # The value is set once an epoch: a shorter cycle would not be seen to rise.
        if cycles > 1 and epochs < 2 * cycles:
            raise ValueError(
                "Each cycle needs two epochs, one to start from and one to rise to: give "
                f"`cycles={max(int(epochs // 2), 1)}` or fewer, or `epochs={2 * cycles}` or more. "
                f"Received: epochs={epochs}, cycles={cycles}"
            )
        if not all(0 <= value < math.inf for value in (start, end)):
            raise ValueError(
                "`start` and `end` are finite numbers and may not be negative. "
                f"Received: start={start}, end={end}"
            )
        self.epochs = epochs
        self.start = start
        self.end = end
        self.cycles = cycles

    def value_at(self, epoch):
        """The value in an epoch, counted from 0: it depends on nothing else, so a run resumes."""
        if epoch >= self.epochs:
            return self.end
        done = (epoch * self.cycles / self.epochs) % 1.0
        rise = min(1.0, done if self.cycles == 1 else 2.0 * done)
        return self.start + (self.end - self.start) * rise

    def on_epoch_begin(self, epoch, logs=None):
        """Set the value of this epoch."""
        getattr(self.model, self.MOVES).assign(self.value_at(epoch))

    def on_epoch_end(self, epoch, logs=None):
        """Log it."""
        logs[self.MOVES] = self.value_at(epoch)
