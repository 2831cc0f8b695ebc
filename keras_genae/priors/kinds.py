"""The priors by name."""

from keras_genae.priors.codes.transformer import TransformerPrior
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


# Of codes that are indices, which those above say nothing of.
CODE_PRIORS = {"transformer": TransformerPrior}


def check_kind(kind, priors=None, codes="vectors"):
    """`kind` where a prior goes by that name; a ValueError with the choices otherwise.

    Args:
        kind: what was asked for.
        priors: those to choose from, by name; by default those of vectors.
        codes: what they are priors of, for the message.
    """
    priors = PRIORS if priors is None else priors
    if kind not in priors:
        raise ValueError(
            f"`kind` must be one of {', '.join(map(repr, priors))}, where codes are {codes}. "
            f"Received: kind={kind!r}"
        )
    return kind
