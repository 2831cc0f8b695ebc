"""What every likelihood says of itself."""

import keras
from keras import ops

from keras_genae.models.value_ranges import ANY, UNIT


class Likelihood(keras.layers.Layer):
    """From the decoder's raw output to p(x|z), a distribution of `keras_genae.distributions`.

    A subclass says what its name in `likelihood=` stands for, and is made by that name, or by hand
    where it has settings of its own. It has weights where something is learned besides the
    networks. The scale of an error is no weight: the model holds it, fixed or at its optimum.
    """

    # What to write in `likelihood=`.
    NAME = None
    # Raw numbers that the decoder gives for each entry of x: as many maps of the shape of x, one
    # behind the other along the last axis.
    NUMBERS = 1
    # Whether p(x|z) is a probability, and its logarithm a number of bits, rather than a density.
    IS_DISCRETE = False
    # Whether `scale=` of a model is the scale of this likelihood, what it is where none is given
    # (`None`: its optimum), and the power of it that `distribution` takes.
    TAKES_SCALE = False
    DEFAULT_SCALE = 1.0
    POWER = 2

    # A weight moves by about the learning rate a step, wherever it has to go; the logarithm of what
    # is above 0 has farther to go than a network's weights, and so goes in longer steps.
    STEP_OF_LOGS = 10.0
    LOG_BOUND = 15.0

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})

    def log_weight(self, name, shape):
        """A weight for the logarithm of something above 0: see `log_of`."""
        return self.add_weight(name=name, shape=shape, initializer="zeros")

    def log_of(self, weight):
        """The logarithm that a `log_weight` stands for, within ±15."""
        log = self.STEP_OF_LOGS * ops.convert_to_tensor(weight)
        return self.LOG_BOUND * ops.tanh(log / self.LOG_BOUND)

    @property
    def numbers(self):
        """Raw numbers that the decoder gives for each entry of x."""
        return self.NUMBERS

    def build(self, input_shape):
        """Take the shape of the data, `(None, *shape of one example)`, and make the weights."""
        self.example_shape = tuple(input_shape[1:])

    @property
    def is_image(self):
        """Whether an example is an image rather than a vector."""
        return len(self.example_shape) == 3

    @property
    def values(self):
        """The values of x that p(x|z) is made for."""
        return UNIT if self.is_image else ANY

    @property
    def input_values(self):
        """The values that the encoder takes: those of x."""
        return self.values

    @property
    def is_raw(self):
        """Whether the decoder's output is not yet the mean of p(x|z): it may be any number."""
        return True

    def seen(self, x):
        """x as the encoder sees it."""
        return x

    def distribution(self, raw, scale):
        """p(x|z).

        Args:
            raw: the decoder's output, float32, with `numbers` maps of x along its last axis.
            scale: of an error, to the power `POWER`: a float, or a scalar tensor.
        """
        raise NotImplementedError

    def given(self, distribution, x):
        """p(x|z), given what is known of x itself, for a reconstruction: nothing by default."""
        return distribution

    def misfit(self, distribution, target):
        """Of each entry the number whose mean is the optimal scale, to the power `POWER`.

        `None` where no scale is at its optimum.
        """
        return None

    def follow(self, batch):
        """Take a training batch into what has its optimum in closed form."""
