"""The priors by name."""

from keras_genae.priors.flow import FlowPrior
from keras_genae.priors.flow_matching import FlowMatchingPrior
from keras_genae.priors.gaussian import GaussianPrior
from keras_genae.priors.gaussian_mixture import GaussianMixturePrior
from keras_genae.priors.maf import MAFPrior
from keras_genae.priors.two_stage import TwoStagePrior
from keras_genae.priors.vamp_mixture import VampMixturePrior

PRIORS = {
    "gaussian": GaussianPrior,
    "gmm": GaussianMixturePrior,
    "vamp-mixture": VampMixturePrior,
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
