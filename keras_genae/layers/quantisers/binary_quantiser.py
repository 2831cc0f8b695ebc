"""Vectors by the sign of each entry."""

import keras
import numpy as np
from keras import ops

from keras_genae.layers.quantisers.code import Code, straight_through
from keras_genae.layers.quantisers.quantiser import Quantiser

TINY = 1e-5


@keras.saving.register_keras_serializable(package="keras_genae")
class BinaryQuantiser(Quantiser):
    """The corners of a cube in the place of a codebook: entry i becomes s · sign(h_i).

    The index has bit i set where entry i is above 0. Nothing is learnt.

    Args:
        dim: entries of a vector, bits of an index.
        is_spherical: whether vectors are first put on the unit sphere, on which the corners lie
            then, s = 1/√dim; else s = 1.

    References:
        Yu et al., "Language Model Beats Diffusion: Tokenizer is Key to Visual Generation", 2023;
        Zhao et al., "Image and Video Tokenization with Binary Spherical Quantization", 2024.
    """

    def __init__(self, dim, is_spherical=False, **kwargs):
        super().__init__(2**dim, dim, **kwargs)
        self.is_spherical = is_spherical

    @property
    def scale(self):
        """s, the size of an entry of a code."""
        return self.dim**-0.5 if self.is_spherical else 1.0

    def quantise(self, h):
        """See `Quantiser.quantise`."""
        if self.is_spherical:
            # A vector of zeros has no direction; near it the gradient is to stay bounded.
            h = h / ops.sqrt(ops.sum(ops.square(h), axis=-1, keepdims=True) + TINY)
        bits = ops.cast(h > 0.0, "int32")
        indices = ops.sum(bits * self.powers, axis=-1)
        corner = self.corner(bits)
        return Code(indices, straight_through(h, corner), encoded=h, quantised=corner)

    def codes_of(self, indices):
        """See `Quantiser.codes_of`."""
        return self.corner(ops.mod(indices[..., None] // self.powers, 2))

    @property
    def powers(self):
        """1, 2, 4, …: what each bit counts."""
        return ops.convert_to_tensor(2 ** np.arange(self.dim), "int32")

    def corner(self, bits):
        """The vectors of bits."""
        return self.scale * (2.0 * ops.cast(bits, "float32") - 1.0)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "dim": self.dim, "is_spherical": self.is_spherical}
