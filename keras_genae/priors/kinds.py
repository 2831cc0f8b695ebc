"""The priors by name."""

import inspect
import math

from keras_genae.priors.codes.transformer import TransformerPrior
from keras_genae.priors.flows.flow import FlowPrior
from keras_genae.priors.flows.flow_matching import FlowMatchingPrior
from keras_genae.priors.flows.maf import MAFPrior
from keras_genae.priors.flows.map_flow_matching import MapFlowMatchingPrior
from keras_genae.priors.gaussian import GaussianPrior
from keras_genae.priors.labelled import Labelled, classes_of
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
# Those of which there is one over maps; to the others a map is one long vector.
MAP_PRIORS = {"flow_matching": MapFlowMatchingPrior}


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


def new_prior(kind, latent_shape, options, name="fitted_prior"):
    """An untrained prior of a kind, and what its `fit` is to be given.

    Args:
        kind: one of `PRIORS`.
        latent_shape: of a code: `(latent_dim,)`, or `(height, width, channels)` of a map.
        options: dict of arguments of the prior's constructor and of its `fit`. Among the latter
            `labels`, which say the constructor's `classes`.
        name: of the layer.

    Returns:
        The prior, and the dict of the options that are for `fit`.

    Raises:
        ValueError: on a kind that is unknown, and on options that it does not take.
    """
    check_kind(kind)
    is_map = len(latent_shape) == 3 and kind in MAP_PRIORS
    prior_class = MAP_PRIORS[kind] if is_map else PRIORS[kind]
    options = dict(options)
    if options.get("labels") is not None:
        if not issubclass(prior_class, Labelled):
            labelled = [name for name in PRIORS if issubclass(PRIORS[name], Labelled)]
            raise ValueError(
                f"`labels` are for {', '.join(map(repr, labelled))}. Received: kind={kind!r}"
            )
        options.setdefault("classes", classes_of(options["labels"]))
    of_fit = inspect.signature(prior_class.fit).parameters
    of_class = inspect.signature(prior_class).parameters
    for option in options:
        if option not in of_fit and option not in of_class:
            known = [*list(of_class)[1:], *list(of_fit)[3:]]
            raise ValueError(
                f"A prior of the kind {kind!r} takes "
                f"{', '.join(repr(known_one) for known_one in known if known_one != 'kwargs')}. "
                f"Received: {option}={options[option]!r}"
            )
    to_fit = {name: value for name, value in options.items() if name in of_fit}
    own = {name: value for name, value in options.items() if name not in of_fit}
    size = latent_shape if is_map else math.prod(latent_shape)
    return prior_class(size, name=name, **own), to_fit
