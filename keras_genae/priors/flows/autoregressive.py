"""The step that a masked autoregressive flow is made of."""

import keras
from keras import ops

from keras_genae.layers import MADE
from keras_genae.priors.flows.affine_coupling import bounded_log_scale


class Autoregressive(keras.layers.Layer):
    """Scale and shift each unit by what a network makes of the units before it.

        y_i = (x_i − μ_i) · exp(−α_i),  (μ_i, α_i) a function of x_1 … x_{i−1}

    From x to y is one pass, as a density asks for; from y to x is one pass for each unit. The
    Jacobian is triangular, so that log |det ∂y/∂x| = −Σ α_i.

    Args:
        size: units of x.
        width: units of each of the network's two hidden layers.

    Reference:
        Papamakarios et al., "Masked Autoregressive Flow for Density Estimation", 2017, section 3.1.
    """

    def __init__(self, size, width, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.size, self.width = size, width
        self.made = MADE(size, width, outputs=2, dtype="float32", name="made")
        self.built = True

    def start(self):
        """Make μ and α 0, so that y is x."""
        self.made.start()

    def call(self, x):
        """y, and log |det ∂y/∂x| of each row."""
        shift, log_scale = self.shift_and_log_scale(x)
        return (x - shift) * ops.exp(-log_scale), -ops.sum(log_scale, axis=-1)

    def inverse(self, y):
        """x, from y."""
        x = y
        # The first pass puts the first unit right, which all it hangs on are: the i-th pass the
        # i-th unit.
        for _ in range(self.size):
            shift, log_scale = self.shift_and_log_scale(x)
            x = y * ops.exp(log_scale) + shift
        return x

    def shift_and_log_scale(self, x):
        """μ and α, each `(batch, size)`."""
        shift, raw = self.made(x)
        return shift, bounded_log_scale(raw)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "size": self.size, "width": self.width}
