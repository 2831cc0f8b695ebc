"""Trainings that lose what they had."""

import math

import keras


class StopAtDivergence(keras.callbacks.Callback):
    """Stop a training that has diverged, and say why.

    It has where a number is not finite, or where the losses of training and of validation are both
    worse than that of the untrained model after two epochs in a row or after the last: one such
    epoch may be a spike that the next one mends.

    Args:
        untrained: loss of the model before training.

    Attributes:
        reason: in words; `None` for a training that did not diverge.

    Example:

    >>> check = StopAtDivergence(untrained=100.0)
    >>> check.judge(0, {"loss": 90.0, "val_loss": 80.0})
    >>> check.judge(1, {"loss": 2e6, "val_loss": 3e6})
    >>> check.judge(2, {"loss": 2e6, "val_loss": 3e6})
    'diverged: the loss was 2e+06 after epoch 3, that of the untrained model 100'
    """

    def __init__(self, untrained):
        super().__init__()
        self.untrained = untrained
        self.reason = None
        self.suspicion = None

    def judge(self, epoch, logs):
        """The reason to stop after an epoch, counted from 0, or `None`."""
        bad = [name for name, value in logs.items() if not math.isfinite(value)]
        if bad:
            # The last was added by what measures the quality, which is what a search is about.
            return f"diverged: {bad[-1]} was {logs[bad[-1]]} after epoch {epoch + 1}"
        before, self.suspicion = self.suspicion, None
        if min(logs["loss"], logs["val_loss"]) > self.untrained:
            self.suspicion = (
                f"diverged: the loss was {logs['loss']:.4g} after epoch {epoch + 1}, "
                f"that of the untrained model {self.untrained:.4g}"
            )
        return self.suspicion if before else None

    def on_epoch_end(self, epoch, logs=None):
        """Stop where there is a reason."""
        self.reason = self.judge(epoch, logs)
        if self.reason:
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        """The last epoch has no next one that could mend it."""
        self.reason = self.reason or self.suspicion
