"""Densities over latent vectors, fitted after training."""

from keras_genae.priors.flow import FlowPrior
from keras_genae.priors.flow_matching import FlowMatchingPrior
from keras_genae.priors.gaussian import GaussianPrior
from keras_genae.priors.gaussian_mixture import GaussianMixturePrior
from keras_genae.priors.kinds import PRIORS
from keras_genae.priors.maf import MAFPrior
from keras_genae.priors.prior import Prior
from keras_genae.priors.two_stage import TwoStagePrior
from keras_genae.priors.vamp_mixture import VampMixturePrior

__all__ = [
    "PRIORS",
    "FlowMatchingPrior",
    "FlowPrior",
    "GaussianMixturePrior",
    "GaussianPrior",
    "MAFPrior",
    "Prior",
    "TwoStagePrior",
    "VampMixturePrior",
]
