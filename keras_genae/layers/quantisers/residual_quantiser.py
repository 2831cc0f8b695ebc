"""Vectors by a sum of codes, each from a codebook of what those before it left."""

import keras
from keras import ops

from keras_genae.layers.quantisers.code import Code, straight_through
from keras_genae.layers.quantisers.quantiser import Quantiser
from keras_genae.layers.quantisers.vector_quantiser import VectorQuantiser


@keras.saving.register_keras_serializable(package="keras_genae")
class ResidualQuantiser(Quantiser):
    """Codebooks one behind the other: r₀ = h, e_k the code nearest to r_k, r_{k+1} = r_k − e_k.

    The vector that stands for h is Σ e_k. In its `Code` the levels have an axis of their own before
    the last, of `encoded` (the r_k) and of `quantised` (the e_k).

    Args:
        depth: how many codebooks.
        size, dim, is_trained, restarts: of each, as in `VectorQuantiser`.

    Reference:
        Lee et al., "Autoregressive Image Generation using Residual Quantization", 2022.
    """

    def __init__(self, depth, size, dim, is_trained=False, restarts=True, **kwargs):
        super().__init__(size, dim, **kwargs)
        self.depth = depth
        self.codebooks = [
            VectorQuantiser(size, dim, is_trained, restarts, name=f"codebook_{k + 1}")
            for k in range(depth)
        ]

    @property
    def INDEX_SHAPE(self):
        """An index of each codebook."""
        return (self.depth,)

    @property
    def CODEBOOKS(self):
        """One a level."""
        return self.depth

    def each_codebook(self, indices):
        """See `Quantiser.each_codebook`."""
        return [indices[..., k] for k in range(self.depth)]

    def quantise(self, h):
        """See `Quantiser.quantise`."""
        residual, codes = h, []
        for codebook in self.codebooks:
            codes.append(codebook.quantise(residual))
            residual = residual - ops.stop_gradient(codes[-1].quantised)
        return Code(
            ops.stack([code.indices for code in codes], axis=-1),
            straight_through(h, sum_of([code.quantised for code in codes])),
            encoded=ops.stack([code.encoded for code in codes], axis=-2),
            quantised=ops.stack([code.quantised for code in codes], axis=-2),
        )

    def codes_of(self, indices):
        """See `Quantiser.codes_of`; of the first few codebooks where there are fewer indices."""
        used = self.codebooks[: indices.shape[-1]]
        return sum_of([codebook.codes_of(indices[..., k]) for k, codebook in enumerate(used)])

    def follow(self, code, sample_weight, seed):
        """See `Quantiser.follow`; each codebook learns of what those before it leave by now."""
        residual = ops.stop_gradient(code.encoded[..., 0, :])
        for codebook in self.codebooks:
            codebook.follow(codebook.quantise(residual), sample_weight, seed)
            residual = residual - codebook.quantise(residual).quantised

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "depth": self.depth,
            "size": self.size,
            "dim": self.dim,
            "is_trained": self.codebooks[0].is_trained,
            "restarts": self.codebooks[0].restarts,
        }


def sum_of(vectors):
    """Their sum; of one, itself."""
    return sum(vectors[1:], start=vectors[0])
