"""Small distributions in nats, float32, pure `keras.ops`."""

from keras_genae.distributions.bernoulli import Bernoulli
from keras_genae.distributions.categorical import Categorical
from keras_genae.distributions.continuous_bernoulli import ContinuousBernoulli
from keras_genae.distributions.diagonal_normal import DiagonalNormal
from keras_genae.distributions.given_total import GivenTotal
from keras_genae.distributions.laplace import Laplace
from keras_genae.distributions.logistic_mixture import LogisticMixture
from keras_genae.distributions.negative_binomial import NegativeBinomial
from keras_genae.distributions.normal import Normal
from keras_genae.distributions.point import Point
from keras_genae.distributions.poisson import Poisson
from keras_genae.distributions.student_t import StudentT
from keras_genae.distributions.zero_inflated_negative_binomial import ZeroInflatedNegativeBinomial

__all__ = [
    "Bernoulli",
    "Categorical",
    "ContinuousBernoulli",
    "DiagonalNormal",
    "GivenTotal",
    "Laplace",
    "LogisticMixture",
    "NegativeBinomial",
    "Normal",
    "Point",
    "Poisson",
    "StudentT",
    "ZeroInflatedNegativeBinomial",
]
