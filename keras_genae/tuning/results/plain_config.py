"""A trial as a config of its own, without ranges."""

import yaml

from keras_genae.tuning.config.arguments import model_and_training


def plain_config(config, row):
    """The YAML text of a search with one trial: it trains the model of this one again.

    Args:
        config: `SearchConfig`.
        row: a row of `Results`, with `trial` and `all_values`.

    Returns:
        Text.
    """
    values = row["all_values"]
    model, training = model_and_training(config, values)
    data = {
        name: value
        for name, value in vars(config.data).items()
        if name != "where" and value is not None
    }
    content = {
        "model": {"class": config.model_class, **model},
        "data": data,
        "objectives": list(config.objectives),
        "budget": {
            "max_trials": 1,
            "epochs": values.get("tuner/epochs", config.budget.epochs),
            **training,
        },
        "seed": config.seed,
    }
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, default_flow_style=None)
    return f"# Trial {row['trial']} of {config.path.name}.\n{text}"
