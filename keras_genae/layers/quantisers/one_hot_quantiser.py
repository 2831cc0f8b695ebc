"""Vectors by their largest entry."""

import keras
from keras import ops

from keras_genae.layers.quantisers.code import Code, straight_through
from keras_genae.layers.quantisers.quantiser import Quantiser


@keras.saving.register_keras_serializable(package="keras_genae")
class OneHotQuantiser(Quantiser):
    """A one-hot row in the place of logits, of the class that they make most probable.

    Args:
        size: classes, and entries of a vector.
    """

    def __init__(self, size, **kwargs):
        super().__init__(size, size, **kwargs)

    def quantise(self, h):
        """See `Quantiser.quantise`; the gradient is that of the probabilities."""
        indices = ops.cast(ops.argmax(h, axis=-1), "int32")
        p, row = ops.softmax(h), self.codes_of(indices)
        return Code(indices, straight_through(p, row), encoded=p, quantised=row)

    def codes_of(self, indices):
        """See `Quantiser.codes_of`."""
        return ops.one_hot(indices, self.size, dtype="float32")

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "size": self.size}
