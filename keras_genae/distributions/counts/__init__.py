"""Distributions of counts."""

from keras_genae.distributions.counts.given_total import GivenTotal
from keras_genae.distributions.counts.negative_binomial import NegativeBinomial
from keras_genae.distributions.counts.poisson import Poisson
from keras_genae.distributions.counts.zero_inflated_negative_binomial import (
    ZeroInflatedNegativeBinomial,
)

__all__ = ["GivenTotal", "NegativeBinomial", "Poisson", "ZeroInflatedNegativeBinomial"]
