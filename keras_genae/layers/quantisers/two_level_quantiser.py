"""A map by two codes of it: one of what is coarse, one of the rest."""

import dataclasses
from typing import Any

import keras
from keras import ops

from keras_genae.layers.quantisers.code import Code
from keras_genae.layers.quantisers.quantiser import Quantiser
from keras_genae.layers.quantisers.vector_quantiser import VectorQuantiser
from keras_genae.networks.maps import map_levels


@dataclasses.dataclass
class TwoLevelCode:
    """Codes of the top and the bottom, and what the decoder is given of both.

    Attributes:
        levels: the `Code` of the top, then that of the bottom.
        z: float32, of the shape of the bottom's.
    """

    levels: list[Code]
    z: Any

    @property
    def indices(self):
        """Those of the top, then those of the bottom."""
        return [code.indices for code in self.levels]

    @property
    def mean(self):
        """There is nothing random in it: z."""
        return self.z

    def sample(self, seed=None):
        """z."""
        return self.z


@keras.saving.register_keras_serializable(package="keras_genae")
class TwoLevelQuantiser(Quantiser):
    """Two codebooks: the top's of a map at half the height and width, the bottom's of the map.

    The map h goes down to h_t, whose code e_t comes up again as two maps: one that the bottom hears
    before it is quantised, and one that is said to the decoder beside the bottom's code,

        e_b = quantised(h + heard(e_t)),  z = e_b + said(e_t).

    Both are 0 at first, so that the top begins by changing nothing.

    Args:
        shape: of the map, `(height, width, dim)`.
        size, is_trained, restarts: of both codebooks, as in `VectorQuantiser`.
        network_dtype: Keras dtype policy of the networks between the levels.

    Reference:
        Razavi et al., "Generating Diverse High-Fidelity Images with VQ-VAE-2", 2019.
    """

    CODEBOOKS = 2

    def __init__(self, shape, size, is_trained=False, restarts=True, network_dtype=None, **kwargs):
        super().__init__(size, shape[-1], **kwargs)
        self.shape, self.network_dtype = tuple(shape), network_dtype
        options = {"is_trained": is_trained, "restarts": restarts}
        self.bottom = VectorQuantiser(size, self.dim, name="bottom", **options)
        self.top = VectorQuantiser(size, self.dim, name="top", **options)
        self.down, self.up = map_levels(self.shape, network_dtype)

    def each_codebook(self, indices):
        """See `Quantiser.each_codebook`."""
        return list(indices)

    def quantise(self, h):
        """See `Quantiser.quantise`; a `TwoLevelCode`."""
        top = self.top.quantise(self.down(h))  # e_t
        heard, said = self.up(top.z)
        bottom = self.bottom.quantise(h + heard)  # e_b
        return TwoLevelCode([top, bottom], bottom.z + said)

    def codes_of(self, indices):
        """See `Quantiser.codes_of`, of those of the top and of the bottom."""
        top, bottom = indices
        _, said = self.up(self.top.codes_of(top))
        return self.bottom.codes_of(bottom) + ops.cast(said, "float32")

    def follow(self, code, sample_weight, seed):
        """See `Quantiser.follow`."""
        for codebook, level in zip((self.top, self.bottom), code.levels, strict=True):
            codebook.follow(level, sample_weight, seed)

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "shape": self.shape,
            "size": self.size,
            "is_trained": self.top.is_trained,
            "restarts": self.top.restarts,
            "network_dtype": self.network_dtype,
        }
