"""A trial as a config of its own, without ranges."""

import io

from ruamel.yaml import YAML

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
    epochs = values.get("tuner/epochs", config.budget.epochs)
    content = {
        "model": {"class": config.model_class, **model},
        "data": config.data.model_dump(exclude_none=True),
        "objectives": list(config.objectives),
        "budget": {"max_trials": 1, "epochs": epochs, **training},
        "seed": config.seed,
    }
    text = io.StringIO()
    yaml = YAML()
    yaml.width = 1000
    yaml.default_flow_style = None  # Sections as lines, what is in them in braces.
    yaml.dump(content, text)
    return f"# Trial {row['trial']} of {config.path.name}.\n{text.getvalue()}"
