"""The likelihoods p(x|z) a model can be trained with, by name."""

from keras_genae.distributions import Bernoulli, ContinuousBernoulli

# Name → what takes the decoder's logits. The two normal likelihoods have a σ besides, which the
# model holds.
BERNOULLIS = {"bernoulli": Bernoulli, "continuous_bernoulli": ContinuousBernoulli}
NORMALS = ("gaussian", "sigma")
LIKELIHOODS = (*BERNOULLIS, *NORMALS)

# What Keras users write in `compile(loss=…)`.
LOSSES = {
    "mse": "gaussian",
    "mean_squared_error": "gaussian",
    "binary_crossentropy": "bernoulli",
    "bce": "bernoulli",
}


def check_likelihood(name):
    """`name` where it is a likelihood; a ValueError with the choices otherwise."""
    if name not in LIKELIHOODS:
        raise ValueError(
            f"Unknown `likelihood`. Choose one of {', '.join(map(repr, LIKELIHOODS))}. "
            f"Received: likelihood={name!r}"
        )
    return name


def likelihood_of_loss(loss, likelihood):
    """The likelihood that `compile(loss=…)` asks for.

    Args:
        loss: what the user gave, not `None`.
        likelihood: the one the model was built with, or `None` where it left the choice open.

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
    """σ of the gaussian likelihood as a float, 1 by default."""
    if scale is None:
        return 1.0
    if likelihood != "gaussian":
        raise ValueError(
            "`scale` is the σ of `likelihood='gaussian'`. Leave it out with any other likelihood. "
            f"Received: scale={scale}, likelihood={likelihood!r}"
        )
    if not 0.0 < scale < float("inf"):
        raise ValueError(f"`scale` must be a finite number above 0. Received: scale={scale}")
    return float(scale)
