"""How far codes lie from how they are to be spread, as one number of a batch: pure `keras.ops`."""

from keras_genae.divergences.mmd import mmd
from keras_genae.divergences.sliced_wasserstein import sliced_wasserstein

__all__ = [
    "mmd",
    "sliced_wasserstein",
]
