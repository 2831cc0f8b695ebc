"""Before anything trains: can the models of a search be built at all?"""

from keras_genae.tuning.config.checks import TRAINING
from keras_genae.tuning.config.yaml_file import ConfigError
from keras_genae.tuning.trials.examples import examples_of
from keras_genae.tuning.trials.hypermodel import build_model


def check_models(config, input_shape):
    """Build a model at both ends of each range and at each choice, the others at their first value.

    Args:
        config: `SearchConfig`.
        input_shape: of one example.

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


def check_split(config, split):
    """Look at all examples as a model of the search would, before its first step.

    Args:
        config: `SearchConfig`.
        split: as `load_split` returns it.

    Raises:
        ConfigError: with the line of the data, and what is wrong with them.
    """
    shape = examples_of(split[0])[0].shape[1:]
    model = build_model(config, config.start_values or values_with(config), shape)
    try:
        for part in split:
            model.check_examples(*examples_of(part))
    except ValueError as error:
        raise ConfigError(f"{config.where('data')}: {error}") from error


def known_input_shape(config):
    """The shape of an example where the file says it, `None` where only the data know."""
    size = config.data.image_size
    return None if size is None else (size, size, 3)
