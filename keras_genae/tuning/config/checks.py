"""Checks of a search that need more than one line of its file."""

import keras_genae.models as zoo
from keras_genae.tuning.config.yaml_file import ConfigError

# Arguments of `fit` and `compile` that may be hyperparameters as well.
TRAINING = ("learning_rate", "batch_size")
# Given by the search itself.
TAKEN = ("input_shape", "seed", "name", "encoder", "decoder")


def model_argument_names(model_class):
    """The arguments that a class of the zoo takes from a config file.

    They are what a small model says of itself, so the list cannot fall behind the class.

    Example:

    >>> "beta" in model_argument_names("ConvVAE"), "beta" in model_argument_names("ConvAE")
    (True, False)
    """
    tiny = getattr(zoo, model_class)(input_shape=(8, 8, 1), latent_dim=1, widths=(1,))
    return tuple(name for name in tiny.get_config() if name not in TAKEN)


def has_elbo(model_class):
    """Whether a class is a variational autoencoder, whose terms add up to an ELBO."""
    return issubclass(getattr(zoo, model_class), zoo.VAE)


def check_model_arguments(model_class, tree, arguments, hyperparameters):
    """Refuse arguments that the class does not take, or that are both fixed and tuned."""
    allowed = model_argument_names(model_class)
    for name in arguments:
        if name not in allowed:
            raise ConfigError(
                f"{tree.lines[name]}: {model_class} has no argument {name!r}. "
                f"Allowed: {', '.join(allowed)}. Received: {name}"
            )
    for item in hyperparameters:
        name = item.name.split(".")[0]
        if name not in (*allowed, *TRAINING):
            raise ConfigError(
                f"{item.where}: {model_class} has no argument {name!r} to tune. "
                f"Allowed: {', '.join((*allowed, *TRAINING))}. Received: {name}"
            )
        if name in arguments:
            raise ConfigError(
                f"{item.where}: `{name}` is fixed at {tree.lines[name]} and tuned here; leave one "
                f"out. Received: {name}"
            )
        check_training_range(name, item)
    if "latent_dim" not in (*arguments, *(item.name for item in hyperparameters)):
        tree.fail("`model` or `hyperparameters` must say the `latent_dim`.")


def check_training_range(name, item):
    """`batch_size` and `learning_rate` are checked here; the model checks its own arguments."""
    if name == "batch_size":
        good = all(type(value) is int and value >= 1 for value in item.values)
    elif name == "learning_rate":
        good = all(isinstance(value, int | float) and value > 0 for value in item.values)
    else:
        return
    if not good:
        kind = "whole numbers from 1 up" if name == "batch_size" else "numbers above 0"
        raise ConfigError(f"{item.where}: `{name}` must be {kind}. Received: {list(item.values)}")


def check_objectives_fit(model_class, tree, objectives):
    """An ELBO needs a model that has one."""
    if objectives[0] == "val_elbo_per_dim" and not has_elbo(model_class):
        tree.fail(f"{model_class} has no KL divergence, hence no ELBO; its quality is `val_mse`.")


def check_comparable(tree, objectives, hyperparameters):
    """Refuse to compare a density with what is none."""
    likelihood = next((item for item in hyperparameters if item.name == "likelihood"), None)
    if objectives[0] != "val_elbo_per_dim" or likelihood is None:
        return
    if "bernoulli" in likelihood.values and len(likelihood.values) > 1:
        raise ConfigError(
            f"{likelihood.where}: the ELBO of `bernoulli` is no density for grey values, so it "
            "cannot be compared with that of the other likelihoods. Take it out, or choose the "
            f"quality `val_mse`. Received: {list(likelihood.values)}"
        )
