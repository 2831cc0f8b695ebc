"""Distributions of values between bounds, of classes and of grey levels."""

from keras_genae.distributions.bounded.bernoulli import Bernoulli
from keras_genae.distributions.bounded.categorical import Categorical
from keras_genae.distributions.bounded.continuous_bernoulli import ContinuousBernoulli
from keras_genae.distributions.bounded.logistic_mixture import LogisticMixture
from keras_genae.distributions.bounded.relaxed_categorical import RelaxedCategorical

__all__ = [
    "Bernoulli",
    "Categorical",
    "ContinuousBernoulli",
    "LogisticMixture",
    "RelaxedCategorical",
]
