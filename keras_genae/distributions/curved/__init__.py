"""Distributions on curved spaces: the sphere and the Poincaré ball."""

from keras_genae.distributions.curved.poincare_ball import PoincareBall
from keras_genae.distributions.curved.uniform_sphere import UniformSphere
from keras_genae.distributions.curved.von_mises_fisher import VonMisesFisher
from keras_genae.distributions.curved.wrapped_normal import WrappedNormal

__all__ = ["PoincareBall", "UniformSphere", "VonMisesFisher", "WrappedNormal"]
