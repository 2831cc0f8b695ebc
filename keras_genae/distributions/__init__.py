"""Small distributions in nats, float32, pure `keras.ops`."""

from keras_genae.distributions.bernoulli import Bernoulli
from keras_genae.distributions.continuous_bernoulli import ContinuousBernoulli
from keras_genae.distributions.diagonal_normal import DiagonalNormal
from keras_genae.distributions.joint import Joint
from keras_genae.distributions.normal import Normal
from keras_genae.distributions.point import Point
from keras_genae.distributions.relaxed_categorical import RelaxedCategorical

__all__ = [
    "Bernoulli",
    "ContinuousBernoulli",
    "DiagonalNormal",
    "Joint",
    "Normal",
    "Point",
    "RelaxedCategorical",
]
