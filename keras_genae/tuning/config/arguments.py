"""From the values of a trial to the arguments of a model and of its training."""

from keras_genae.tuning.config.checks import TRAINING

# So that a growth of 1.41 gives the widths that a person would write.
WIDTH_MULTIPLE = 4


def model_and_training(config, values):
    """Split what a trial chose into arguments of the model and of the training.

    Args:
        config: `SearchConfig`.
        values: name → value of the trial's active hyperparameters, as KerasTuner holds them.

    Returns:
        Two dicts: arguments of the model's constructor, without `input_shape` and `seed`; and
        `learning_rate` and `batch_size`.
    """
    chosen = {item.name: item.from_label(values[item.name]) for item in active(config, values)}
    model = dict(config.model_arguments)
    training = {name: getattr(config.budget, name) for name in TRAINING}
    for name, value in chosen.items():
        if name in TRAINING:
            training[name] = value
        elif not name.startswith("widths."):
            model[name] = list(value) if isinstance(value, tuple) else value
    if "widths.depth" in chosen:
        parts = (chosen[f"widths.{part}"] for part in ("depth", "first", "growth"))
        model["widths"] = stage_widths(*parts)
    return model, training


def active(config, values):
    """The hyperparameters of `config` that exist under `values`."""
    return [
        item
        for item in config.space
        if item.name in values
        and all(values.get(parent) in allowed for parent, allowed in item.when)
    ]


def stage_widths(depth, first, growth):
    """The widths of `depth` stages, the first given, each next `growth` times as wide.

    Widths above 4 are rounded to a multiple of 4.

    Example:

    >>> stage_widths(depth=4, first=16, growth=1.5)
    [16, 24, 36, 56]
    """
    widths = (first * growth**stage for stage in range(depth))
    return [first if stage == 0 else _rounded(width) for stage, width in enumerate(widths)]


def _rounded(width):
    if width <= WIDTH_MULTIPLE:
        return max(1, round(width))
    # Half a step up, always the same way: Python rounds halves to even.
    return int(width / WIDTH_MULTIPLE + 0.5) * WIDTH_MULTIPLE
