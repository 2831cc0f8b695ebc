"""Entries set to black or white."""

import keras
from keras import ops

from keras_genae import noise
from keras_genae.layers.corruption import Corruption, check_fraction
from keras_genae.layers.masking_noise import pixel_shape


@keras.saving.register_keras_serializable(package="keras_genae")
class SaltAndPepper(Corruption):
    """Set a fraction of the pixels to 0 or to 1, each as likely; all channels together.

    Args:
        fraction: the probability of each pixel (or vector entry) to be replaced.
        seed: see `Corruption`.

    Example:

    >>> import numpy as np
    >>> spoilt = SaltAndPepper(0.1, seed=0)(np.full((1, 100, 100, 1), 0.5), training=True)
    >>> sorted(float(value) for value in np.unique(spoilt))
    [0.0, 0.5, 1.0]

    Reference:
        Vincent et al., "Stacked Denoising Autoencoders", 2010, section 3.3.
    """

    def __init__(self, fraction=0.1, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.fraction = check_fraction("fraction", fraction)

    def corrupt(self, x, seed):
        """Set pixels to 0 or 1."""
        # One draw serves both: its lowest part is pepper, the part above it salt.
        uniform = noise.uniform(pixel_shape(x), seed, x.dtype)
        peppered = ops.where(uniform < self.fraction / 2, ops.zeros_like(x), x)
        salt = ops.logical_and(uniform >= self.fraction / 2, uniform < self.fraction)
        return ops.where(salt, ops.ones_like(x), peppered)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "fraction": self.fraction}
