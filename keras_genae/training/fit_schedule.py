"""A learning rate that knows how long `fit` will last."""

import contextlib
import math

import keras
from keras import ops

# Adam's averages start from nothing, and the first steps of a large rate would go astray.
WARM_UP_STEPS = 100
# Of the steps of a short run, at most this share is warm-up.
WARM_UP_SHARE = 0.1


@keras.saving.register_keras_serializable(package="keras_genae")
class FitSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """Warm-up, then half a cosine down to almost nothing at the last step of `fit`.

    Keras's own schedules must be told the number of steps, which only `fit` knows. A model of the
    zoo tells this one when training begins: each `fit` is a descent of its own, and one that is
    resumed by `initial_epoch=` goes on where it was. Outside of `fit`, as in `train_on_batch`, the
    rate is that of the peak.

    Args:
        peak: the highest rate, that after the warm-up.
        floor: what is left of it at the end, a share.

    Raises:
        ValueError: on a rate that is not above 0, or a share outside [0, 1].

    Example:

    >>> schedule = FitSchedule(0.001)
    >>> schedule.begin(step=0, steps=1000)
    >>> [round(float(schedule(step)), 6) for step in (0, 100, 550, 1000)]
    [1e-05, 0.001, 0.000505, 1e-05]

    Reference:
        Loshchilov & Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017.
    """

    def __init__(self, peak, floor=0.01):
        if not 0.0 < peak < math.inf:
            raise ValueError(f"`peak` must be a finite number above 0. Received: peak={peak}")
        if not 0.0 <= floor <= 1.0:
            raise ValueError(f"`floor` must be a share from 0 to 1. Received: floor={floor}")
        self.floor = floor
        # Variables, so that the compiled step follows them.
        self.peak = scalar(peak)
        self.start = scalar(0.0)
        self.steps = scalar(0.0)
        self.held = None

    def begin(self, step, steps):
        """Training begins, or is resumed.

        Args:
            step: the optimizer's count of steps at what is, or was, the first step of the run.
            steps: how many steps the run has as a whole; 0 where nobody knows, which leaves the
                rate at the peak.
        """
        self.start.assign(float(step))
        self.steps.assign(float(steps))

    @property
    def variables(self):
        """What the rate depends on: the peak, the first step, and how many there are."""
        return self.peak, self.start, self.steps

    @contextlib.contextmanager
    def holding(self, numbers):
        """Context in which the rate depends on these numbers, in the order of `variables`.

        JAX compiles functions of what goes in, and reads no variable again.
        """
        self.held = numbers
        try:
            yield
        finally:
            self.held = None

    def scale(self, factor):
        """Multiply the rate, in the middle of training too."""
        self.peak.assign(self.peak * factor)

    def __call__(self, step):
        """The rate at a step."""
        peak, start, steps = self.held or map(ops.convert_to_tensor, self.variables)
        done = ops.cast(step, "float32") - start
        warm_up = ops.minimum(float(WARM_UP_STEPS), WARM_UP_SHARE * steps)
        rise = ops.minimum(self.floor + (1.0 - self.floor) * ops.divide_no_nan(done, warm_up), 1.0)
        share = ops.clip(ops.divide_no_nan(done - warm_up, steps - warm_up), 0.0, 1.0)
        fall = self.floor + (1.0 - self.floor) * 0.5 * (1.0 + ops.cos(math.pi * share))
        return peak * ops.where(steps > 0.0, ops.minimum(rise, fall), 1.0)

    def get_config(self):
        """The constructor's arguments."""
        return {"peak": float(ops.convert_to_tensor(self.peak)), "floor": self.floor}


def scalar(value):
    """A float32 variable that is not trained."""
    return keras.Variable(value, dtype="float32", trainable=False, name="schedule")


def fit_schedule_of(optimizer):
    """The `FitSchedule` that an optimizer follows; `None` where it follows something else."""
    schedule = getattr(inner(optimizer), "_learning_rate", None)  # Keras tells the rate only.
    return schedule if isinstance(schedule, FitSchedule) else None


def inner(optimizer):
    """What a `LossScaleOptimizer` wraps; any other optimizer itself."""
    return getattr(optimizer, "inner_optimizer", optimizer)


class FollowFit(keras.callbacks.Callback):
    """Tells a `FitSchedule` how far the run is; `fit` of the zoo's models adds it."""

    def __init__(self, schedule, epochs):
        super().__init__()
        self.schedule = schedule
        self.epochs = epochs

    def on_train_begin(self, logs=None):
        """Wait for the first epoch, whose number says whether the run is resumed."""
        self.begun = False

    def on_epoch_begin(self, epoch, logs=None):
        """Begin, with the first epoch of this run."""
        self.steps_before = self.step()
        if not self.begun:
            # A source of batches may not know how many it has.
            per_epoch = (self.params or {}).get("steps")
            self.begin(epoch, self.steps_before, per_epoch or math.inf)
            self.begun = bool(per_epoch)

    def on_epoch_end(self, epoch, logs=None):
        """The first epoch has shown how many batches there are."""
        if not self.begun:
            self.begin(epoch, self.steps_before, self.step() - self.steps_before)
            self.begun = True

    def begin(self, epoch, step, per_epoch):
        """Say where the run began: as many epochs before `step` as are behind it."""
        done = epoch * per_epoch if math.isfinite(per_epoch) else 0
        self.schedule.begin(step - done, self.epochs * per_epoch)

    def step(self):
        """The optimizer's own count, as its schedule sees it."""
        optimizer = inner(self.model.optimizer)
        return int(optimizer.iterations) * (optimizer.gradient_accumulation_steps or 1)
