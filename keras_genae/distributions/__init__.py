"""Small distributions in nats, float32, pure `keras.ops`."""

from keras_genae.distributions.aggregated_posterior import AggregatedPosterior
from keras_genae.distributions.bernoulli import Bernoulli
from keras_genae.distributions.continuous_bernoulli import ContinuousBernoulli
from keras_genae.distributions.diagonal_normal import DiagonalNormal
from keras_genae.distributions.normal import Normal
from keras_genae.distributions.point import Point

__all__ = [
    "AggregatedPosterior",
    "Bernoulli",
    "ContinuousBernoulli",
    "DiagonalNormal",
    "Normal",
    "Point",
]
