"""What the likelihoods of grey levels have in common."""

from keras import ops

from keras_genae.models.likelihoods.likelihood import Likelihood
from keras_genae.models.value_ranges import LEVELS, UNIT


class GreyLevels(Likelihood):
    """Images of bytes: a probability for each of 256 levels, of each channel by itself, given z."""

    IS_DISCRETE = True

    def build(self, input_shape):
        """See `Likelihood.build`."""
        super().build(input_shape)
        if not self.is_image:
            raise ValueError(
                f"The likelihood {self.NAME!r} is one of the 256 grey levels of images. For "
                "vectors choose another, or give them the shape (height, width, channels). "
                f"Received: likelihood={self.NAME!r}, input_shape={self.example_shape}"
            )

    @property
    def values(self):
        """Bytes, or floats that are multiples of 1/255."""
        return LEVELS

    @property
    def input_values(self):
        """From 0 to 1: what is not compared with the levels need not be one of them."""
        return UNIT

    def of_entries(self, raw):
        """Maps along the last axis as numbers of each entry: `(batch, *example_shape, numbers)`."""
        height, width, channels = self.example_shape
        maps = ops.reshape(raw, (-1, height, width, raw.shape[-1] // channels, channels))
        return ops.swapaxes(maps, -1, -2)
