"""What all quantisers share."""

import numpy as np
from keras import ops

from keras_genae.layers.running_sums import RunningSums


class Quantiser(RunningSums):
    """A layer that puts one of `size` vectors in the place of each, and knows it by its number.

    A subclass defines `quantise`, `codes_of`, and `follow` where it learns from batches.

    Args:
        size: how many vectors there are to choose from.
        dim: entries of a vector.
    """

    # The axes of indices behind those of the places: of several a place, one.
    INDEX_SHAPE = ()
    # How many codebooks of `size` vectors there are.
    CODEBOOKS = 1

    def __init__(self, size, dim, **kwargs):
        super().__init__(**kwargs)
        self.size, self.dim = size, dim
        self.built = True

    def quantise(self, h):
        """A `Code` of vectors `(batch, ..., dim)`."""
        raise NotImplementedError

    def codes_of(self, indices):
        """The vectors that indices stand for, float32 `(batch, ..., dim)`."""
        raise NotImplementedError

    def each_codebook(self, indices):
        """The indices into each codebook by itself, a list."""
        return [indices]

    def follow(self, code, sample_weight, seed):
        """Take in the `Code` of a training batch, drawing from `seed`.

        Args:
            code: as `quantise` made it.
            sample_weight: tensor `(batch,)`.
            seed: a `keras.random.SeedGenerator`.
        """


def places_of(values, sample_weight, axes=0):
    """Values of all places of a batch, one behind the other, and the weight of each.

    Args:
        values: tensor `(batch, ..., *rest)`.
        sample_weight: tensor `(batch,)`.
        axes: how many axes the rest has.

    Returns:
        `(batch · places, *rest)` and `(batch · places,)`.
    """
    shape = tuple(values.shape)
    end = len(shape) - axes
    places = int(np.prod(shape[1:end], dtype=int))
    weight = ops.repeat(ops.cast(sample_weight, "float32"), places)
    return ops.reshape(values, (-1, *shape[end:])), weight
