"""Learning rates that are lowered while a model trains."""

import warnings

import keras

from keras_genae.training.fit_schedule import fit_schedule_of, inner


@keras.saving.register_keras_serializable(package="keras_genae")
class ScaledSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate schedule times a factor.

    Args:
        schedule: a `LearningRateSchedule`.
        factor: a float.

    Example:

    >>> halved = ScaledSchedule(keras.optimizers.schedules.ExponentialDecay(0.4, 10, 0.5), 0.5)
    >>> round(float(halved(0)), 3), round(float(halved(10)), 3)
    (0.2, 0.1)
    """

    def __init__(self, schedule, factor):
        self.schedule = schedule
        self.factor = factor

    def __call__(self, step):
        """The rate at a step."""
        return self.factor * self.schedule(step)

    def get_config(self):
        """The constructor's arguments."""
        schedule = keras.optimizers.schedules.serialize(self.schedule)
        return {"schedule": schedule, "factor": self.factor}

    @classmethod
    def from_config(cls, config):
        """Make a schedule from `get_config`'s result."""
        schedule = keras.optimizers.schedules.deserialize(config["schedule"])
        return cls(schedule, config["factor"])


def schedule_of(optimizer):
    """The learning rate schedule of a Keras optimizer; `None` where its rate is a number.

    Raises:
        ValueError: where the rate is a function, or a schedule that Keras cannot read back.
    """
    optimizer = inner(optimizer)
    if isinstance(optimizer.learning_rate, keras.Variable):
        return None
    # An optimizer tells the rate of the step only, and its schedule in the config.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # Of a lambda Keras only warns.
            config = optimizer.get_config()["learning_rate"]
        schedule = keras.optimizers.schedules.deserialize(config)
    except (TypeError, ValueError, NotImplementedError, UserWarning):
        schedule = None
    if not isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
        raise ValueError(
            "The learning rate of this optimizer cannot be lowered, as Keras cannot read it back: "
            "give a float or one of `keras.optimizers.schedules`; mark a schedule of your own with "
            "`@keras.saving.register_keras_serializable()`. "
            f"Received: an optimizer `{type(optimizer).__name__}`"
        )
    return schedule


def scale_learning_rate(model, factor):
    """Multiply the learning rate of a compiled model, in the middle of training too."""
    own = fit_schedule_of(model.optimizer)
    if own is not None:
        own.scale(factor)
        return
    schedule = schedule_of(model.optimizer)
    if schedule is None:
        rate = model.optimizer.learning_rate
        rate.assign(factor * rate)
    else:
        model.optimizer.learning_rate = ScaledSchedule(schedule, factor)
        # The compiled step holds the old schedule.
        model.make_train_function(force=True)
