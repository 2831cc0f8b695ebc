"""Vectors by rounding each entry to one of a few levels."""

import math

import keras
import numpy as np
from keras import ops

from keras_genae.layers.quantisers.code import Code, straight_through
from keras_genae.layers.quantisers.quantiser import Quantiser


@keras.saving.register_keras_serializable(package="keras_genae")
class FiniteScalarQuantiser(Quantiser):
    """A grid in the place of a codebook: entry i is tanh(h_i), rounded to L_i levels in [−1, 1].

    The index counts the grid's points, the first entry fastest. Nothing is learnt.

    Args:
        levels: L, the number of levels of each entry.

    Reference:
        Mentzer et al., "Finite Scalar Quantization: VQ-VAE Made Simple", 2023.
    """

    def __init__(self, levels, **kwargs):
        self.levels = tuple(levels)
        super().__init__(math.prod(self.levels), len(self.levels), **kwargs)

    @property
    def steps(self):
        """Of each entry the steps between −1 and 1, L − 1."""
        return ops.convert_to_tensor(np.asarray(self.levels, "float32") - 1.0)

    @property
    def strides(self):
        """How many indices further the next level of an entry is."""
        return ops.convert_to_tensor(np.cumprod((1, *self.levels[:-1])), "int32")

    def quantise(self, h):
        """See `Quantiser.quantise`."""
        bounded = ops.tanh(h)
        level = ops.cast(ops.round((bounded + 1.0) / 2.0 * self.steps), "int32")
        indices = ops.sum(level * self.strides, axis=-1)
        values = self.values_of(level)
        return Code(indices, straight_through(bounded, values), encoded=bounded, quantised=values)

    def codes_of(self, indices):
        """See `Quantiser.codes_of`."""
        levels = ops.convert_to_tensor(self.levels, "int32")
        return self.values_of(ops.mod(indices[..., None] // self.strides, levels))

    def values_of(self, level):
        """The entries of levels, from −1 to 1."""
        return 2.0 * ops.cast(level, "float32") / self.steps - 1.0

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "levels": self.levels}
