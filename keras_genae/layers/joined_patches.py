"""Patches put together to an image."""

import keras
from keras import ops

from keras_genae.networks.checks import check_whole


@keras.saving.register_keras_serializable(package="keras_genae")
class JoinedPatches(keras.layers.Layer):
    """The image that vectors of pixels are the patches of: the reverse of `Patches`.

    Args:
        height, width: of the image, in pixels; what patches have beyond is cut off.
        patch_size: height and width of a patch, in pixels.
        **kwargs: of any Keras layer.

    Input: `(batch, patches, patch_size² · channels)`. Output: `(batch, height, width, channels)`.

    Example:

    >>> import numpy as np
    >>> from keras_genae.layers import Patches
    >>> image = np.random.default_rng(0).random((2, 5, 7, 3)).astype("float32")
    >>> np.array_equal(JoinedPatches(5, 7, patch_size=3)(Patches(3)(image)), image)
    True
    """

    def __init__(self, height, width, patch_size, **kwargs):
        super().__init__(**kwargs)
        sizes = {"height": height, "width": width, "patch_size": patch_size}
        for name, value in sizes.items():
            setattr(self, name, check_whole(name, value))
        self.built = True

    def call(self, x):
        """The image of the patches `x`."""
        size, rows, columns = self.patch_size, *self.grid
        channels = x.shape[-1] // size**2
        x = ops.reshape(x, (-1, rows, columns, size, size, channels))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        x = ops.reshape(x, (-1, rows * size, columns * size, channels))
        return x[:, : self.height, : self.width]

    @property
    def grid(self):
        """How many rows and columns of patches there are."""
        return tuple(-(-side // self.patch_size) for side in (self.height, self.width))

    def compute_output_shape(self, input_shape):
        """`(batch, height, width, channels)`."""
        return (input_shape[0], self.height, self.width, input_shape[-1] // self.patch_size**2)

    def get_config(self):
        """The constructor's arguments."""
        names = ("height", "width", "patch_size")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
