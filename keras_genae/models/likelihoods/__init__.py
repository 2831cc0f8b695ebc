"""How x is likely: what each name in `likelihood=` stands for."""

from keras_genae.models.likelihoods.bernoulli import Bernoulli
from keras_genae.models.likelihoods.continuous_bernoulli import ContinuousBernoulli
from keras_genae.models.likelihoods.gaussian import Gaussian
from keras_genae.models.likelihoods.likelihood import Likelihood
from keras_genae.models.likelihoods.names import LIKELIHOODS
from keras_genae.models.likelihoods.sigma import Sigma

__all__ = ["LIKELIHOODS", "Bernoulli", "ContinuousBernoulli", "Gaussian", "Likelihood", "Sigma"]
