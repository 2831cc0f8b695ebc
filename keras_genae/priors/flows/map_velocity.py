"""The velocity field of a continuous flow over maps."""

import keras
from keras import ops

from keras_genae.networks.unet import unet
from keras_genae.priors.flows.velocity_field import TIME_FEATURES, of_normal_codes, time_features


class MapVelocity(keras.layers.Layer):
    """v(x, t) = a(t)·x + a U-Net of x, steered by the time t and a condition c.

    a(t)·x is the field that leaves N(0, I) as it is, as in `VelocityField`; the zeros of c stand
    for none.

    Args:
        shape: of x, `(height, width, channels)`.
        widths: as in `unet`.
        condition_size: entries of c; 0 for none.
    """

    def __init__(self, shape, widths=None, condition_size=0, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.shape, self.widths, self.condition_size = shape, widths, condition_size
        self.unet = unet(shape, TIME_FEATURES + condition_size, widths, dtype="float32")
        self.built = True

    def start(self):
        """Make the network 0, so that N(0, I) stays as it is."""
        output = self.unet.get_layer("output")
        output.kernel.assign(ops.zeros(output.kernel.shape))
        output.bias.assign(ops.zeros(output.bias.shape))

    def call(self, x, t, c=None):
        """v at x `(batch, *shape)` and t `(batch, 1)`, given c or nothing: `(batch, *shape)`."""
        beside = [time_features(t)]
        if self.condition_size:
            nothing = ops.zeros((ops.shape(t)[0], self.condition_size))
            beside.append(nothing if c is None else c)
        of_normal = ops.reshape(of_normal_codes(t), (-1, 1, 1, 1))
        return of_normal * x + self.unet([x, ops.concatenate(beside, axis=-1)])

    def get_config(self):
        """The constructor's arguments."""
        own = {"shape": self.shape, "widths": self.widths, "condition_size": self.condition_size}
        return {**super().get_config(), **own}
