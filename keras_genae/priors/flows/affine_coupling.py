"""The layer that a normalising flow is made of."""

import keras
from keras import ops

# log scales stay within ±2 in each layer, so that no draw is thrown far away.
LOG_SCALE_BOUND = 2.0


class AffineCoupling(keras.layers.Layer):
    """Scale and shift half of the units by what a small network makes of the other half.

        y = m·x + (1 − m)·(x·exp(s(m·x)) + t(m·x))

    The half that m lets through is the same before and after, so the network never has to be
    inverted, and log |det ∂y/∂x| is the sum of s over the other half.

    Args:
        mask: m, a list of 0 and 1, one for each unit; at least one 0.
        width: units of each of the network's two hidden layers.

    Reference:
        Dinh et al., "Density Estimation Using Real NVP", 2017, sections 3.2 to 3.4.
    """

    def __init__(self, mask, width, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.mask, self.width = list(mask), width
        size = len(self.mask)
        self.hidden = [
            keras.layers.Dense(width, activation="relu", dtype="float32", name=f"hidden_{i + 1}")
            for i in range(2)
        ]
        self.head = keras.layers.Dense(2 * size, dtype="float32", name="head")
        for layer, inputs in zip([*self.hidden, self.head], [size, width, width], strict=True):
            layer.build((None, inputs))
        self.start()
        self.built = True

    def start(self):
        """Make s and t 0, so that y is x."""
        self.head.kernel.assign(ops.zeros(self.head.kernel.shape))

    def call(self, x):
        """y, and log |det ∂y/∂x| of each row."""
        log_scale, shift = self.scale_and_shift(x)
        mask = ops.convert_to_tensor(self.mask, "float32")
        y = mask * x + (1.0 - mask) * (x * ops.exp(log_scale) + shift)
        return y, ops.sum((1.0 - mask) * log_scale, axis=-1)

    def inverse(self, y):
        """x, from y."""
        log_scale, shift = self.scale_and_shift(y)
        mask = ops.convert_to_tensor(self.mask, "float32")
        return mask * y + (1.0 - mask) * (y - shift) * ops.exp(-log_scale)

    def scale_and_shift(self, x):
        """s and t, from the half that the mask lets through."""
        x = ops.convert_to_tensor(self.mask, "float32") * x
        for layer in self.hidden:
            x = layer(x)
        raw, shift = ops.split(self.head(x), 2, axis=-1)
        return bounded_log_scale(raw), shift

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "mask": list(self.mask), "width": self.width}


def bounded_log_scale(raw):
    """log scales from any numbers; small ones stay as they are."""
    return LOG_SCALE_BOUND * ops.tanh(raw / LOG_SCALE_BOUND)
