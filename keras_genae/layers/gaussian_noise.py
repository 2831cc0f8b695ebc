"""Additive normal noise."""

import keras
from keras import ops

from keras_genae import noise
from keras_genae.layers.corruption import Corruption, check_not_negative


@keras.saving.register_keras_serializable(package="keras_genae")
class GaussianNoise(Corruption):
    """Add N(0, stddev²) to every entry.

    The result is not cut to [0, 1]: cutting would shift the mean of bright and dark pixels.

    Args:
        stddev: in units of the data (0.2 is a fifth of the way from black to white).
        seed: see `Corruption`.

    Example:

    >>> from keras import ops
    >>> noisy = GaussianNoise(0.1, seed=0)(ops.full((1, 100, 100, 1), 0.5), training=True)
    >>> bool(abs(ops.std(noisy) - 0.1) < 0.005)
    True
    """

    def __init__(self, stddev=0.2, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.stddev = check_not_negative("stddev", stddev)

    def corrupt(self, x, seed):
        """Add the noise."""
        return x + self.stddev * noise.normal(ops.shape(x), seed, x.dtype)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "stddev": self.stddev}
