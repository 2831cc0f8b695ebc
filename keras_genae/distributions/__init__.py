"""Small distributions in nats, float32, pure `keras.ops`."""

from keras_genae.distributions.aggregated_posterior import AggregatedPosterior
from keras_genae.distributions.bounded import (
    Bernoulli,
    Categorical,
    ContinuousBernoulli,
    LogisticMixture,
    RelaxedCategorical,
)
from keras_genae.distributions.counts import (
    GivenTotal,
    NegativeBinomial,
    Poisson,
    ZeroInflatedNegativeBinomial,
)
from keras_genae.distributions.curved import (
    PoincareBall,
    UniformSphere,
    VonMisesFisher,
    WrappedNormal,
)
from keras_genae.distributions.joint import Joint
from keras_genae.distributions.kl_divergence import has_closed_kl, kl_divergence
from keras_genae.distributions.point import Point
from keras_genae.distributions.real import (
    DiagonalNormal,
    Laplace,
    MapNormal,
    Normal,
    NormalMixture,
    StudentT,
)

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
    "MapNormal",
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
