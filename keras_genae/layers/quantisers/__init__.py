"""Quantisers: what puts one of a number of vectors in the place of each vector of a code."""

from keras_genae.layers.quantisers.binary_quantiser import BinaryQuantiser
from keras_genae.layers.quantisers.bit_entropy import entropy_gap
from keras_genae.layers.quantisers.code import Code, straight_through
from keras_genae.layers.quantisers.finite_scalar_quantiser import FiniteScalarQuantiser
from keras_genae.layers.quantisers.mapped_quantiser import MappedQuantiser
from keras_genae.layers.quantisers.one_hot_quantiser import OneHotQuantiser
from keras_genae.layers.quantisers.quantiser import Quantiser, places_of
from keras_genae.layers.quantisers.residual_quantiser import ResidualQuantiser
from keras_genae.layers.quantisers.two_level_quantiser import TwoLevelQuantiser
from keras_genae.layers.quantisers.vector_quantiser import VectorQuantiser

__all__ = [
    "BinaryQuantiser",
    "Code",
    "FiniteScalarQuantiser",
    "MappedQuantiser",
    "OneHotQuantiser",
    "Quantiser",
    "ResidualQuantiser",
    "TwoLevelQuantiser",
    "VectorQuantiser",
    "entropy_gap",
    "places_of",
    "straight_through",
]
