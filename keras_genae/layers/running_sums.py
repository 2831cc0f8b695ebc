"""Sums over the last training batches, for what has its optimum in closed form."""

import keras
from keras import ops


class RunningSums(keras.layers.Layer):
    """A layer that keeps moving averages of sums over batches, and saves them.

    Sums, not their ratios: replicas average sums, and the ratio of the averages is right however
    the weights of a batch fall on them.
    """

    # Weight of the past in the average, per batch.
    MOMENTUM = 0.9

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})

    def running_sum(self, name, shape=()):
        """A variable for the average of a sum, zero before the first batch."""
        return self.add_weight(
            name=name, shape=shape, initializer="zeros", trainable=False, aggregation="mean"
        )

    def move(self, average, value):
        """Take the sum over a batch into its average."""
        average.assign(self.MOMENTUM * average + (1.0 - self.MOMENTUM) * ops.stop_gradient(value))
