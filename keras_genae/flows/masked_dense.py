"""A dense layer of which some weights are held at zero."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="keras_genae")
class MaskedDense(keras.layers.Layer):
    """y = x·(W ∘ mask) + bias: input i reaches output j only where the mask is 1.

    Args:
        mask: nested list or array of 0 and 1, `(inputs, units)`.

    Example:

    >>> import numpy as np
    >>> layer = MaskedDense([[1, 0], [1, 1]])
    >>> y = layer(np.array([[5.0, 0.0], [7.0, 0.0]]))
    >>> bool(y[0, 1] == y[1, 1])       # The first input does not reach the second output.
    True

    Reference:
        Germain et al., "MADE: Masked Autoencoder for Distribution Estimation", 2015.
    """

    def __init__(self, mask, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.mask = np.asarray(mask, "float32")
        self.kernel = self.add_weight(name="kernel", shape=self.mask.shape)
        self.bias = self.add_weight(name="bias", shape=self.mask.shape[1:], initializer="zeros")
        self.built = True

    def call(self, x):
        """See the class."""
        return ops.matmul(x, self.kernel * self.mask) + self.bias

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "mask": self.mask.astype(int).tolist()}
