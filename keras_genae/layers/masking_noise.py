"""Entries set to zero."""

import keras
from keras import ops

from keras_genae import noise
from keras_genae.layers.corruption import Corruption, check_fraction


@keras.saving.register_keras_serializable(package="keras_genae")
class MaskingNoise(Corruption):
    """Set a fraction of the entries to zero; all channels of a pixel together.

    Args:
        fraction: the probability of each pixel (or vector entry) to be masked.
        seed: see `Corruption`.

    Example:

    >>> from keras import ops
    >>> masked = MaskingNoise(0.25, seed=0)(ops.ones((1, 100, 100, 3)), training=True)
    >>> bool(abs(ops.mean(masked) - 0.75) < 0.02)
    True

    Reference:
        Vincent et al., "Stacked Denoising Autoencoders", 2010, section 3.3.
    """

    def __init__(self, fraction=0.25, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.fraction = check_fraction("fraction", fraction)

    def corrupt(self, x, seed):
        """Set entries to zero."""
        uniform = noise.uniform(pixel_shape(x), seed, x.dtype)
        return ops.where(uniform < self.fraction, ops.zeros_like(x), x)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "fraction": self.fraction}


def pixel_shape(x):
    """The shape of one number for each pixel of images, for each entry of vectors."""
    shape = ops.shape(x)
    return (*shape[:-1], 1) if len(shape) > 2 else shape
