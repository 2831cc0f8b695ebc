"""A dense layer that sees only what comes earlier in an order."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="keras_genae")
class MaskedDense(keras.layers.Layer):
    """y = activation((M ∘ W)ᵀ x + b): a dense layer without the connections that M takes out.

    Every unit has a degree, a whole number. Unit j sees input i where the input's degree is no
    higher, or with `strict` where it is lower. Layer upon layer, a last unit of degree k then hangs
    on data of degrees up to k alone, or up to k − 1 where the last layer is strict:

        M[i, j] = 1 where input_degrees[i] ≤ degrees[j]  (strict: <), else 0.

    Args:
        input_degrees: a whole number for each input.
        degrees: a whole number for each unit of this layer.
        strict: whether equal degrees are not connected either.
        activation: as in `keras.layers.Dense`.
        kernel_initializer: as in `keras.layers.Dense`.

    Input: `(..., inputs)`. Output: `(..., units)`.

    Example:

    >>> import numpy as np
    >>> layer = MaskedDense(input_degrees=[1, 2, 3], degrees=[1, 2, 3], strict=True)
    >>> layer.mask.astype(int).tolist()  # the first unit sees nothing, the third two inputs
    [[0, 1, 1], [0, 0, 1], [0, 0, 0]]
    >>> tuple(layer(np.ones((5, 3))).shape)
    (5, 3)

    Reference:
        Germain et al., "MADE: Masked Autoencoder for Distribution Estimation", 2015, section 4.
    """

    def __init__(
        self,
        input_degrees,
        degrees,
        strict=False,
        activation=None,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.input_degrees = [int(degree) for degree in input_degrees]
        self.degrees = [int(degree) for degree in degrees]
        self.strict = strict
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        inputs, units = np.array(self.input_degrees)[:, None], np.array(self.degrees)
        self.mask = ((inputs < units) if strict else (inputs <= units)).astype("float32")
        self.kernel = self.add_weight(
            name="kernel", shape=self.mask.shape, initializer=self.kernel_initializer
        )
        self.bias = self.add_weight(name="bias", shape=(len(self.degrees),), initializer="zeros")
        self.built = True

    def call(self, x):
        """y."""
        kernel = self.kernel * ops.cast(self.mask, self.compute_dtype)
        return self.activation(ops.matmul(x, kernel) + self.bias)

    def compute_output_shape(self, input_shape):
        """One number for each degree."""
        return (*input_shape[:-1], len(self.degrees))

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "input_degrees": self.input_degrees,
            "degrees": self.degrees,
            "strict": self.strict,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
