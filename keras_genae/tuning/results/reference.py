"""The point from which a search's hypervolume is measured."""

import json

import keras

from keras_genae.files import write_aside
from keras_genae.tuning.trials.costs import measure_costs
from keras_genae.tuning.trials.hypermodel import build_model
from keras_genae.tuning.trials.preflight import values_with
from keras_genae.tuning.trials.train import measure
from keras_genae.tuning.trials.validation import Validation

# What cannot be known beforehand, such as the time of a training, is a decade above that of the
# first trial that completes.
DECADE = 10.0


class Reference:
    """A quality and costs that do not move while a search goes on, kept in its folder.

    The quality is that of the model a search begins with before any training, and the costs are
    those of the largest model that may be chosen: a trial that is worse than either is not worth
    having. Both are fixed when the search begins. A reference that were the worst of the trials so
    far would make the front's volume larger with every bad trial.

    Args:
        config: `SearchConfig`.
        objectives: names, the quality first.
        path: the file.
    """

    def __init__(self, config, objectives, path):
        self.config = config
        self.objectives = objectives
        self.path = path

    def fix(self, validation):
        """Measure it, unless the file is there.

        Args:
            validation: validation examples, as `load_split` returns them.
        """
        if self.path.exists():
            return
        config, validation = self.config, Validation(validation)
        shape = validation.x.shape[1:]
        keras.utils.set_random_seed(config.seed)  # Of its initial weights, as of each trial's.
        first = build_model(config, config.start_values or values_with(config), shape)
        try:
            largest = build_model(config, values_with(config, largest_values(config)), shape)
            costs = measure_costs(largest)
        except (ValueError, TypeError):  # Not all that may be chosen can be chosen together.
            costs = {}
        quality = measure(first, validation, 0.0, costs={})[config.quality]
        known = {**costs, config.quality: quality}
        self._write({name: float(known[name]) for name in self.objectives if name in known})

    def of(self, completed):
        """Name → value of each objective.

        Args:
            completed: rows of the trials that completed, in their order.
        """
        values = json.loads(self.path.read_text("utf-8"))
        missing = [name for name in self.objectives if name not in values]
        for name in missing:
            values[name] = DECADE * completed[0]["measures"][name]
        if missing:
            self._write(values)
        return {name: values[name] for name in self.objectives}

    def _write(self, values):
        with write_aside(self.path) as aside:
            aside.write_text(json.dumps(values, indent=2) + "\n", "utf-8")


def largest_values(config):
    """Name → the largest value of each hyperparameter, where sizes can be told; else the first.

    Example:

    >>> from keras_genae.tuning.config.space import Hyperparameter
    >>> class Config:
    ...     space = (
    ...         Hyperparameter("latent_dim", "int", (4, 64)),
    ...         Hyperparameter("widths", "choice", ((64,), (8, 16))),
    ...         Hyperparameter("network", "choice", ("conv", "mlp")),
    ...     )
    >>> largest_values(Config)
    {'latent_dim': 64, 'widths': '64', 'network': 'conv'}
    """
    sizes = {}
    for item in config.space:
        largest = item.values[0]
        if isinstance(largest, tuple):
            largest = max(item.values, key=sum)
        elif not isinstance(largest, bool | str):
            largest = max(item.values)
        sizes[item.name] = item.label(largest)
    return sizes
