"""Densities over latent vectors, maps of them, or indices, fitted after training."""

from keras_genae.priors.codes import TransformerPrior
from keras_genae.priors.flows import FlowMatchingPrior, FlowPrior, MAFPrior, MapFlowMatchingPrior
from keras_genae.priors.gaussian import GaussianPrior
from keras_genae.priors.kinds import PRIORS
from keras_genae.priors.mixtures import GaussianMixturePrior, VampMixturePrior
from keras_genae.priors.prior import Prior
from keras_genae.priors.two_stage import TwoStagePrior

__all__ = [
    "PRIORS",
    "FlowMatchingPrior",
    "FlowPrior",
    "GaussianMixturePrior",
    "GaussianPrior",
    "MAFPrior",
    "MapFlowMatchingPrior",
    "Prior",
    "TransformerPrior",
    "TwoStagePrior",
    "VampMixturePrior",
]
