"""A map that is learned, and added."""

import math

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_genae")
class LearnedMap(keras.layers.Layer):
    """Add a learned number to each entry of an example: so convolutions know where they are.

    Input: `(batch, ...)`. Output: of the same shape.

    Example:

    >>> import numpy as np
    >>> layer = LearnedMap()
    >>> tuple(layer(np.ones((2, 4, 4, 3))).shape), layer.count_params()
    ((2, 4, 4, 3), 48)
    """

    def build(self, input_shape):
        """Make the map, zeros at first."""
        self.example_shape = tuple(input_shape[1:])
        # A vector, as biases are: a matrix would be orthogonalised by Muon.
        self.map = self.add_weight(
            name="map", shape=(math.prod(self.example_shape),), initializer="zeros"
        )

    def call(self, x):
        """x with the map added."""
        return x + ops.reshape(self.map, self.example_shape)

    def compute_output_shape(self, input_shape):
        """The shape of x."""
        return input_shape

    def get_config(self):
        """The constructor's arguments."""
        return super().get_config()
