"""The priors by name."""

from keras_genae.priors.flows.flow import FlowPrior
from keras_genae.priors.flows.flow_matching import FlowMatchingPrior
from keras_genae.priors.flows.maf import MAFPrior
from keras_genae.priors.gaussian import GaussianPrior
from keras_genae.priors.mixtures.gaussian_mixture import GaussianMixturePrior
from keras_genae.priors.mixtures.vamp_mixture import VampMixturePrior
from keras_genae.priors.two_stage import TwoStagePrior

PRIORS = {
    "gaussian": GaussianPrior,
    "gmm": GaussianMixturePrior,
    "vamp_mixture": VampMixturePrior,
    "flow": FlowPrior,
    "maf": MAFPrior,
    "flow_matching": FlowMatchingPrior,
    "two_stage": TwoStagePrior,
}


def check_kind(kind):
    """`kind` where a prior goes by that name; a ValueError with the choices otherwise."""
    if kind not in PRIORS:
        raise ValueError(
            f"`kind` must be one of {', '.join(map(repr, PRIORS))}. Received: kind={kind!r}"
        )
    return kind
