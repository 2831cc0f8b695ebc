"""Loss of sharpness."""

import math

import keras
import numpy as np
from keras import ops

from keras_genae.layers.corruption import Corruption, check_not_negative


@keras.saving.register_keras_serializable(package="keras_genae")
class Blur(Corruption):
    """Blur images with a Gaussian kernel; the border is continued by reflection.

    Args:
        stddev: of the kernel, in pixels; 0 leaves the image as it is.
        seed: accepted like that of every corruption; a blur draws nothing.

    Input: images `(batch, height, width, channels)`.

    Example:

    >>> import numpy as np
    >>> flat = np.full((1, 8, 8, 1), 0.5, dtype="float32")
    >>> bool(np.allclose(Blur(1.0)(flat), flat, atol=1e-6))           # a flat image has no edges
    True
    """

    def __init__(self, stddev=1.0, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.stddev = check_not_negative("stddev", stddev)

    def corrupt(self, x, seed):
        """Blur rows, then columns: a Gaussian kernel is the product of two."""
        if len(x.shape) != 4:
            raise ValueError(
                "`Blur` needs images of shape (batch, height, width, channels). "
                f"Received: shape={tuple(x.shape)}"
            )
        if self.stddev == 0.0:
            return x
        for axis in (1, 2):
            x = self._blur_along(x, axis)
        return x

    def _blur_along(self, x, axis):
        # Reflection reaches no further than the image, so the kernel may not either.
        radius = min(math.ceil(3.0 * self.stddev), x.shape[axis] - 1)
        offsets = np.arange(-radius, radius + 1)
        weights = np.exp(-0.5 * np.square(offsets / self.stddev))
        weights /= weights.sum()
        # Which rows are there: `ops.pad` reflects not every axis on every backend.
        padded = ops.take(x, np.pad(np.arange(x.shape[axis]), radius, mode="reflect"), axis=axis)
        window = [2 * radius + 1 if a == axis else 1 for a in (1, 2)]
        channels = x.shape[-1]
        kernel = np.tile(weights.reshape(*window, 1, 1), (1, 1, channels, 1))
        return ops.depthwise_conv(
            padded, ops.convert_to_tensor(kernel, dtype=x.dtype), data_format="channels_last"
        )

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "stddev": self.stddev}
