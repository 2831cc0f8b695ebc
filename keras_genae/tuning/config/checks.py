"""Checks of a search that need more than one of its sections."""

import keras_genae.models as zoo
from keras_genae.models.likelihoods import LIKELIHOODS
from keras_genae.tuning.config.hyperparameters import check_positive, check_whole, flat_space
from keras_genae.tuning.config.section import Mistake, check_name

# Arguments of `fit` and `compile` that may be hyperparameters as well.
TRAINING = {"learning_rate": check_positive, "batch_size": check_whole}
# Given by the search itself.
TAKEN = ("input_shape", "seed", "name", "encoder", "decoder", "trainable")
# Networks, which a file cannot hold.
NETWORKS = ("classifier", "prior_network")
# Sources that bring labels; a table does where it has some.
LABELLED = ("idx", "table", "drawn_counts")
# These choose by a plan of their own, in which a trial of another kind has no place.
WITHOUT_START = ("grid", "hyperband")


def model_classes():
    """Names of the zoo's classes, sorted."""
    return sorted(card.name for card in zoo.list_models())


def takes_labels(model_class):
    """Whether a class of the zoo learns from labels beside the examples."""
    return getattr(zoo, model_class).TAKES_LABELS


def model_argument_names(model_class):
    """The arguments that a class of the zoo takes from a config file.

    They are what a small model says of itself, so the list cannot fall behind the class.

    Example:

    >>> "beta" in model_argument_names("ConvVAE"), "beta" in model_argument_names("ConvAE")
    (True, False)
    """
    names = tiny_model(model_class).get_config()
    return [name for name in names if name not in (*TAKEN, *NETWORKS)]


def tiny_model(model_class):
    """The smallest model of a class of the zoo, to ask what its like can do."""
    side = {"classes": 2} if takes_labels(model_class) else {}
    model_class = getattr(zoo, model_class)
    return model_class(**model_class.SMALL, **side)


def check_hyperparameters(config):
    """Refuse conditions that cannot hold, and values that no training takes."""
    try:
        for item in flat_space(config.hyperparameters or {}):
            if item.name in TRAINING:
                TRAINING[item.name](item)
    except Mistake as mistake:
        mistake.place = ("hyperparameters", *(mistake.place or (item.name,)))
        raise


def check_model_arguments(config):
    """Refuse arguments that the class does not take, or that are both fixed and tuned."""
    allowed, fixed = model_argument_names(config.model_class), config.model_arguments
    text = f"{config.model_class} has no argument"
    for name in fixed:
        check_name(name, allowed, f"{text} {name!r}", ("model", name))
    for name in config.hyperparameters or {}:
        place = ("hyperparameters", name)
        check_name(name, [*allowed, *TRAINING], f"{text} {name!r} to tune", place)
        if name in fixed:
            fixed_at = "{name} is fixed in `model` and tuned here; leave one out."
            raise Mistake(fixed_at, fixed[name], place)
    if "latent_dim" not in {**fixed, **(config.hyperparameters or {})}:
        text = "`model` or `hyperparameters` must say the `latent_dim`."
        raise Mistake(text, config.model_class, ("model",))


def check_labels_fit(config):
    """A model that learns from labels needs data that have some, and has to know which they are."""
    if not takes_labels(config.model_class):
        return
    if config.data.source not in LABELLED:
        text = f"{config.model_class} learns from labels, which are in {', '.join(LABELLED)}."
        raise Mistake(text, config.data.source, ("data", "source"))
    side = [name for name in ("classes", "attributes") if name in config.model_arguments]
    for name in ("classes", "attributes"):
        if name in (config.hyperparameters or {}):
            text = "{name} are those of the data: write them in `model`."
            raise Mistake(text, name, ("hyperparameters", name))
    if len(side) != 1:
        text = f"{config.model_class} needs one of `classes`, how many the labels are or their "
        text += "names, and `attributes`, how many numbers a label holds."
        raise Mistake(text, side, ("model",))


def check_objectives_fit(config):
    """An ELBO needs a model that has one, and a density is not compared with what is none."""
    counts = "val_l0" in config.objectives
    if counts and "l0" not in tiny_model(config.model_class).measure_names:
        text = "is no sparse dictionary, and `val_l0` counts the features of one that fire."
        raise Mistake(f"{config.model_class} {text}", list(config.objectives), ("objectives",))
    if config.quality != "val_elbo_per_dim":
        return
    if tiny_model(config.model_class).prior is None:
        text = "has no KL divergence, hence no ELBO; its quality is `val_mse`."
        raise Mistake(f"{config.model_class} {text}", list(config.objectives), ("objectives",))
    tuned = {item.name: item.values for item in config.space}.get("likelihood", ())
    if "bernoulli" in tuned and len(tuned) > 1:
        raise Mistake(
            "the ELBO of `bernoulli` is no density for grey values, so it cannot be compared with "
            "that of the other likelihoods. Take it out, or choose the quality `val_mse`.",
            list(tuned),
            ("hyperparameters", "likelihood"),
        )
    kinds = {LIKELIHOODS[name].IS_DISCRETE for name in tuned if name in LIKELIHOODS}
    if len(kinds) > 1:
        raise Mistake(
            "the ELBO of a probability (of grey levels, say) cannot be compared with that of a "
            "density. Search among likelihoods of one kind, or choose the quality `val_mse`.",
            list(tuned),
            ("hyperparameters", "likelihood"),
        )


def check_oracle_fits(config):
    """Hyperband and the grid have plans of their own."""
    if config.pruning.median and config.oracle == "hyperband":
        text = "hyperband stops trials by itself: leave `median` out with it."
        raise Mistake(text, True, ("pruning", "median"))
    if config.start and config.oracle in WITHOUT_START:
        text = f"{config.oracle} follows a plan of its own: leave `start` out with it."
        raise Mistake(text, config.start, ("start",))


def check_start(config):
    """`start` holds one value for each hyperparameter that exists under the others."""
    items, start = {item.name: item for item in config.space}, config.start
    for name in start:
        check_name(name, list(items), f"there is no hyperparameter {name!r}", ("start", name))
    values = config.start_values
    for name, item in items.items() if start else ():
        is_active = all(values.get(parent) in allowed for parent, allowed in item.when)
        if is_active and name not in start:
            raise Mistake(f"`start` needs a value for `{name}`.", start, ("start",))
        if not is_active and name in start:
            text = f"under the other values there is no `{name}`."
            raise Mistake(text, start[name], ("start", name))
        if is_active and not item.allows(start[name]):
            text = "choices" if item.kind == "choice" else "range"
            values = [list(v) if isinstance(v, tuple) else v for v in item.values]
            text = f"{{name}} must be in its {text} {values}."
            raise Mistake(text, start[name], ("start", name))


CHECKS = (
    check_hyperparameters,
    check_model_arguments,
    check_labels_fit,
    check_objectives_fit,
    check_oracle_fits,
    check_start,
)
