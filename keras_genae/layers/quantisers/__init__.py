"""Quantisers: what puts one of a number of vectors in the place of each vector of a code."""

from keras_genae.layers.quantisers.code import Code, straight_through
from keras_genae.layers.quantisers.quantiser import Quantiser
from keras_genae.layers.quantisers.vector_quantiser import VectorQuantiser

__all__ = ["Code", "Quantiser", "VectorQuantiser", "straight_through"]
