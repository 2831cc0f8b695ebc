"""Images cut into patches."""

import keras
from keras import ops

from keras_genae.networks.checks import check_whole


@keras.saving.register_keras_serializable(package="keras_genae")
class Patches(keras.layers.Layer):
    """The patches of an image, row by row, the pixels of each as one vector.

    Where `patch_size` does not divide a side, the image goes on at the bottom and at the right with
    zeros. `JoinedPatches` is the reverse.

    Args:
        patch_size: height and width of a patch, in pixels.
        **kwargs: of any Keras layer.

    Input: `(batch, height, width, channels)`. Output: `(batch, patches, patch_size² · channels)`.

    Example:

    >>> import numpy as np
    >>> image = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> np.array(Patches(2)(image))[0].astype(int).tolist()
    [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]
    """

    def __init__(self, patch_size, **kwargs):
        super().__init__(**kwargs)
        self.patch_size = check_whole("patch_size", patch_size)
        self.built = True

    def call(self, x):
        """The patches of `x`."""
        size, (rows, columns) = self.patch_size, self.grid(x.shape)
        height, width, channels = x.shape[1:]
        bottom, right = rows * size - height, columns * size - width
        x = ops.pad(x, ((0, 0), (0, bottom), (0, right), (0, 0)))
        x = ops.reshape(x, (-1, rows, size, columns, size, channels))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return ops.reshape(x, (-1, rows * columns, size * size * channels))

    def grid(self, shape):
        """How many rows and columns of patches there are in images `(batch, height, width, …)`."""
        return tuple(-(-side // self.patch_size) for side in shape[1:3])

    def compute_output_shape(self, input_shape):
        """`(batch, patches, patch_size² · channels)`."""
        rows, columns = self.grid(input_shape)
        return (input_shape[0], rows * columns, self.patch_size**2 * input_shape[-1])

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "patch_size": self.patch_size}
