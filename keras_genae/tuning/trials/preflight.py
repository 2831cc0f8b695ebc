"""Before anything trains: can the models of a search be built at all?"""

from keras_genae.tuning.config.checks import TRAINING
from keras_genae.tuning.config.yaml_file import ConfigError
from keras_genae.tuning.trials.hypermodel import build_model


def check_models(config, input_shape):
    """Build a model at both ends of each range and at each choice, the others at their first value.

    Args:
        config: `SearchConfig`.
        input_shape: of one image.

    Raises:
        ConfigError: with the line of the hyperparameter that no model can be built with.
    """
    _check_one(config, input_shape, values_with(config), config.where("model"))
    for item in config.space:
        if item.name in TRAINING:
            continue
        where = config.where("hyperparameters", *item.name.split("."))
        for value in item.values[1:] if not item.when else item.values:
            chosen = {item.name: item.label(value)}
            chosen.update({parent: allowed[0] for parent, allowed in item.when})
            _check_one(config, input_shape, values_with(config, chosen), where)


def values_with(config, chosen=None):
    """The first value of every active hyperparameter, but for those chosen."""
    chosen, values = chosen or {}, {}
    for item in config.space:
        if all(values.get(parent) in allowed for parent, allowed in item.when):
            values[item.name] = chosen.get(item.name, item.label(item.values[0]))
    return values


def _check_one(config, input_shape, values, where):
    try:
        build_model(config, values, input_shape)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{where}: no model can be built with {values}: {error}") from error


def known_input_shape(config):
    """The shape of an image where the file says it, `None` where only the data know."""
    size = config.data.image_size
    return None if size is None else (size, size, 3)
