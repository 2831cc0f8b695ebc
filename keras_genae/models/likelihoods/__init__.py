"""How x is likely: what each name in `likelihood=` stands for."""

from keras_genae.models.likelihoods.bernoulli import Bernoulli
from keras_genae.models.likelihoods.categorical import Categorical
from keras_genae.models.likelihoods.continuous_bernoulli import ContinuousBernoulli
from keras_genae.models.likelihoods.gaussian import Gaussian
from keras_genae.models.likelihoods.laplace import Laplace
from keras_genae.models.likelihoods.likelihood import Likelihood
from keras_genae.models.likelihoods.logistic_mixture import LogisticMixture
from keras_genae.models.likelihoods.names import LIKELIHOODS
from keras_genae.models.likelihoods.negative_binomial import NegativeBinomial
from keras_genae.models.likelihoods.poisson import Poisson
from keras_genae.models.likelihoods.sigma import Sigma
from keras_genae.models.likelihoods.student_t import StudentT
from keras_genae.models.likelihoods.zero_inflated_negative_binomial import (
    ZeroInflatedNegativeBinomial,
)

__all__ = [
    "LIKELIHOODS",
    "Bernoulli",
    "Categorical",
    "ContinuousBernoulli",
    "Gaussian",
    "Laplace",
    "Likelihood",
    "LogisticMixture",
    "NegativeBinomial",
    "Poisson",
    "Sigma",
    "StudentT",
    "ZeroInflatedNegativeBinomial",
]
