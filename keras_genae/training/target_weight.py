"""What the callbacks that move a weight towards a target have in common."""

import math

import keras
from keras import ops


class TargetWeight(keras.callbacks.Callback):
    """Base: move a weight of the loss until what it presses on is as asked for.

    After each epoch the weight is multiplied by exp(gain · relative error), so it rises where what
    is measured is too large and falls where it is too small. It is logged by its name. Where it
    arrives at the end of its range the target is out of reach, and `verdict` says so.

    A subclass names the weight, an attribute of the model, and what is measured, one of the logs;
    and says in `require_weight` and `verdict` what to do where it does not work.

    Args:
        target: what is to be measured.
        gain: how fast; the weight changes by a factor of at most exp(gain) in an epoch.
    """

    WEIGHT = MEASURED = None
    # A target that cannot be reached would otherwise drive the weight to zero or infinity.
    SMALLEST, LARGEST = 1e-4, 1e4

    def __init__(self, target, gain=0.5):
        super().__init__()
        for name, value in (("target", target), ("gain", gain)):
            if not 0 < value < math.inf:
                raise ValueError(f"`{name}` must be above 0 and finite. Received: {name}={value}")
        self.target = target
        self.gain = gain
        self.is_out_of_reach = False

    def next_weight(self, weight, measured):
        """The weight for the next epoch, from this epoch's weight and what was measured."""
        if not math.isfinite(measured):
            return weight  # A run that diverged says nothing of the weight.
        error = min(1.0, max(-1.0, (measured - self.target) / self.target))
        # No step is longer than the range, so that exp does not overflow.
        step = min(self.gain, math.log(self.LARGEST / self.SMALLEST)) * error
        return min(self.LARGEST, max(self.SMALLEST, weight * math.exp(step)))

    def on_train_begin(self, logs=None):
        """Look for the weight to move."""
        self.require_weight()
        self.is_out_of_reach = False

    def on_epoch_end(self, epoch, logs=None):
        """Log this epoch's weight, and set the next."""
        variable, measured = getattr(self.model, self.WEIGHT), logs[self.MEASURED]
        logs[self.WEIGHT] = float(ops.convert_to_numpy(variable))
        following = self.next_weight(logs[self.WEIGHT], measured)
        variable.assign(following)
        was_out_of_reach = self.is_out_of_reach
        self.is_out_of_reach = following in (self.SMALLEST, self.LARGEST)
        if self.is_out_of_reach and not was_out_of_reach:
            said = self.verdict(following, measured)
            print(f"\n{type(self).__name__}: epoch {epoch + 1}: {said}")

    def require_weight(self):
        """Raise a ValueError where the model has no such weight."""
        raise NotImplementedError

    def verdict(self, weight, measured):
        """Why the weight is at the end of its range, and what to change, in words."""
        raise NotImplementedError
