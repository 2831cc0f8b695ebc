"""The likelihoods p(x|z) a model can be trained with, by name."""

from keras_genae.models.likelihoods.bernoulli import Bernoulli
from keras_genae.models.likelihoods.categorical import Categorical
from keras_genae.models.likelihoods.continuous_bernoulli import ContinuousBernoulli
from keras_genae.models.likelihoods.gaussian import Gaussian
from keras_genae.models.likelihoods.laplace import Laplace
from keras_genae.models.likelihoods.likelihood import Likelihood
from keras_genae.models.likelihoods.logistic_mixture import LogisticMixture
from keras_genae.models.likelihoods.negative_binomial import NegativeBinomial
from keras_genae.models.likelihoods.poisson import Poisson
from keras_genae.models.likelihoods.sigma import Sigma
from keras_genae.models.likelihoods.student_t import StudentT
from keras_genae.models.likelihoods.zero_inflated_negative_binomial import (
    ZeroInflatedNegativeBinomial,
)

# The one list of them.
KINDS = (
    Bernoulli,
    Categorical,
    ContinuousBernoulli,
    Gaussian,
    Laplace,
    LogisticMixture,
    NegativeBinomial,
    Poisson,
    Sigma,
    StudentT,
    ZeroInflatedNegativeBinomial,
)
# Name → class.
LIKELIHOODS = {kind.NAME: kind for kind in KINDS}

# What Keras users write in `compile(loss=…)`.
LOSSES = {
    "mse": "gaussian",
    "mean_squared_error": "gaussian",
    "binary_crossentropy": "bernoulli",
    "bce": "bernoulli",
}


def make_likelihood(likelihood, example_shape):
    """The likelihood that a name stands for, or one that was made by hand, for data of a shape.

    Args:
        likelihood: a name, or a `Likelihood`.
        example_shape: the shape of one example.

    Raises:
        ValueError: where it is neither, or is in use for data of another shape.
    """
    if isinstance(likelihood, str) and likelihood in LIKELIHOODS:
        likelihood = LIKELIHOODS[likelihood]()
    if not isinstance(likelihood, Likelihood):
        raise ValueError(
            f"Unknown `likelihood`. Choose one of {', '.join(map(repr, LIKELIHOODS))}, or make one "
            f"of `keras_genae.models.likelihoods` by hand. Received: likelihood={likelihood!r}"
        )
    if not likelihood.built:
        likelihood.build((None, *example_shape))
    if likelihood.example_shape != tuple(example_shape):
        raise ValueError(
            "A likelihood made by hand belongs to one model: make another. Received: "
            f"likelihood={likelihood!r} for data of shape {example_shape}, in use for "
            f"{likelihood.example_shape}"
        )
    return likelihood


def likelihood_of_loss(loss, likelihood):
    """The name of the likelihood that `compile(loss=…)` asks for.

    Args:
        loss: what the user gave, not `None`.
        likelihood: the name of that which the model was built with, or `None` where it left the
            choice open.

    Raises:
        ValueError: where the loss is none of the likelihoods, or not the model's own.
    """
    name = getattr(loss, "name", None) or getattr(loss, "__name__", None) or loss
    asked = LOSSES.get(name) if isinstance(name, str) else None
    if asked is None:
        raise ValueError(
            "The loss of an autoencoder is −log p(x|z) (and the KL divergence), which the model "
            "adds up itself. Leave `loss` out and choose `likelihood=` in the constructor, one of "
            f"{', '.join(map(repr, LIKELIHOODS))}; `loss='mse'` stands for 'gaussian' and "
            f"`loss='binary_crossentropy'` for 'bernoulli'. Received: loss={loss!r}"
        )
    if likelihood is not None and asked != likelihood:
        raise ValueError(
            f"`compile(loss={loss!r})` asks for the likelihood {asked!r}, but the model was built "
            f"with `likelihood={likelihood!r}`. Leave one of the two out. Received: loss={loss!r}"
        )
    return asked


def check_scale(scale, likelihood):
    """The scale of a likelihood as a float; by default its own, `None` where at its optimum."""
    if scale is None:
        return likelihood.DEFAULT_SCALE
    if not likelihood.TAKES_SCALE:
        takers = ", ".join(repr(name) for name, kind in LIKELIHOODS.items() if kind.TAKES_SCALE)
        raise ValueError(
            f"`scale` is the scale of an error, such as the σ of `likelihood='gaussian'` ({takers} "
            "have one). Leave it out with any other likelihood. "
            f"Received: scale={scale}, likelihood={likelihood.NAME!r}"
        )
    if not 0.0 < scale < float("inf"):
        raise ValueError(f"`scale` must be a finite number above 0. Received: scale={scale}")
    return float(scale)
