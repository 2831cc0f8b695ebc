"""Distributions of real numbers."""

from keras_genae.distributions.real.diagonal_normal import DiagonalNormal
from keras_genae.distributions.real.laplace import Laplace
from keras_genae.distributions.real.map_normal import MapNormal
from keras_genae.distributions.real.normal import Normal
from keras_genae.distributions.real.normal_mixture import NormalMixture
from keras_genae.distributions.real.student_t import StudentT

__all__ = ["DiagonalNormal", "Laplace", "MapNormal", "Normal", "NormalMixture", "StudentT"]
