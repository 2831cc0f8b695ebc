"""Small distributions in nats, float32, pure `keras.ops`."""

from keras_genae.distributions.bernoulli import Bernoulli
from keras_genae.distributions.continuous_bernoulli import ContinuousBernoulli
from keras_genae.distributions.diagonal_normal import DiagonalNormal
from keras_genae.distributions.kl_divergence import has_closed_kl, kl_divergence
from keras_genae.distributions.normal import Normal
from keras_genae.distributions.point import Point

__all__ = [
    "Bernoulli",
    "ContinuousBernoulli",
    "DiagonalNormal",
    "Normal",
    "Point",
    "has_closed_kl",
    "kl_divergence",
]
