"""What a measure needs a model to have; of what class it is does not matter."""

from keras import ops


def is_variational(model):
    """Whether the model has a prior p(z), and so a posterior q(z|x) that is more than a code."""
    return model.prior is not None


def refuse_condition(model, name):
    """Raise a ValueError where a measure of x alone is asked of a model with side information."""
    if model.condition is not None:
        raise ValueError(
            f"`{name}` is of examples alone, and this model needs the label of each beside it. "
            "The measures of `keras_genae.evaluation.likelihood` take it, `label=`. "
            f"Received: a {type(model).__name__}"
        )


def require_posterior(model, name):
    """Raise a ValueError where the model has no posterior."""
    if not is_variational(model):
        raise ValueError(
            f"`{name}` needs a posterior q(z|x) and a prior p(z), which a VAE has and a plain "
            "autoencoder has not; `distortion` works with both. "
            f"Received: a {type(model).__name__}"
        )


def require_vectors(model, name):
    """Raise a ValueError where the code of an example is no vector, such as one of several levels.

    Args:
        model: a model of the zoo, or another with `encode`.
        name: of the measure.
    """
    shape = getattr(model, "latent_shape", (1,))
    if isinstance(shape, list) or len(shape) != 1:
        raise ValueError(
            f"`{name}` takes the code of an example for a vector. "
            f"Received: a {type(model).__name__}, with codes of shape {shape}"
        )


def vectors_by(model, name):
    """The method that gives a vector for each example: `feature_vectors`, or else `encode`.

    Raises a ValueError where the code is no vector, and the model makes no other.
    """
    if hasattr(model, "feature_vectors"):
        return model.feature_vectors
    require_vectors(model, name)
    return model.encode


def is_of_units(distribution):
    """Whether a distribution of latent vectors is normal with independent units."""
    return all(hasattr(distribution, name) for name in ("mean", "log_var", "kl_per_unit"))


def posterior_kind(model):
    """The posterior of some example: all are of its class."""
    x = ops.zeros((1, *model.input_shape))
    if model.condition is None:
        return model.posterior(x)
    return model.posterior([x, ops.zeros((1, model.condition.size))])


def has_density(model):
    """Whether the draws from its posteriors have a density."""
    return hasattr(posterior_kind(model), "log_prob")


def require_density(model, name):
    """Raise a ValueError where the draws from the posterior have no density."""
    if not has_density(model):
        raise ValueError(
            f"`{name}` needs the density of the draws from q(z|x), which this model has not; "
            f"`rate` and `distortion` work with it. Received: a {type(model).__name__}"
        )


def require_units(posterior, name):
    """Raise a ValueError where a posterior is not normal with independent units."""
    if not is_of_units(posterior):
        raise ValueError(
            f"`{name}` is defined here for normal posteriors with independent units. "
            f"Received: a posterior of class {type(posterior).__name__}"
        )


def normal_posterior(model, x, label, batch_size, verbose, name):
    """The posteriors of `x`, a `DiagonalNormal` of arrays, for the measure called `name`."""
    require_posterior(model, name)
    posterior = model.encode_distribution(x, label, batch_size=batch_size, verbose=verbose)
    require_units(posterior, name)
    return posterior
