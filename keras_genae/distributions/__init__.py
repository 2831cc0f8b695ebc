"""Small distributions in nats, float32, pure `keras.ops`."""

from keras_genae.distributions.aggregated_posterior import AggregatedPosterior
from keras_genae.distributions.bernoulli import Bernoulli
from keras_genae.distributions.categorical import Categorical
from keras_genae.distributions.continuous_bernoulli import ContinuousBernoulli
from keras_genae.distributions.diagonal_normal import DiagonalNormal
from keras_genae.distributions.given_total import GivenTotal
from keras_genae.distributions.joint import Joint
from keras_genae.distributions.kl_divergence import has_closed_kl, kl_divergence
from keras_genae.distributions.laplace import Laplace
from keras_genae.distributions.logistic_mixture import LogisticMixture
from keras_genae.distributions.negative_binomial import NegativeBinomial
from keras_genae.distributions.normal import Normal
from keras_genae.distributions.normal_mixture import NormalMixture
from keras_genae.distributions.poincare_ball import PoincareBall
from keras_genae.distributions.point import Point
from keras_genae.distributions.poisson import Poisson
from keras_genae.distributions.relaxed_categorical import RelaxedCategorical
from keras_genae.distributions.student_t import StudentT
from keras_genae.distributions.uniform_sphere import UniformSphere
from keras_genae.distributions.von_mises_fisher import VonMisesFisher
from keras_genae.distributions.wrapped_normal import WrappedNormal
from keras_genae.distributions.zero_inflated_negative_binomial import ZeroInflatedNegativeBinomial

__all__ = [
    "AggregatedPosterior",
    "Bernoulli",
    "Categorical",
    "ContinuousBernoulli",
    "DiagonalNormal",
    "GivenTotal",
    "Joint",
    "Laplace",
    "LogisticMixture",
    "NegativeBinomial",
    "Normal",
    "NormalMixture",
    "PoincareBall",
    "Point",
    "Poisson",
    "RelaxedCategorical",
    "StudentT",
    "UniformSphere",
    "VonMisesFisher",
    "WrappedNormal",
    "ZeroInflatedNegativeBinomial",
    "has_closed_kl",
    "kl_divergence",
]
