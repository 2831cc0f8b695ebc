"""How far two sets of codes lie apart, each as one number of a batch: pure `keras.ops`."""

from keras_genae.divergences.mmd import mmd

__all__ = [
    "mmd",
]
