"""The oracles that a config may name."""

import keras_tuner as kt

from keras_genae.tuning.oracles.grid_oracle import GridOracle
from keras_genae.tuning.oracles.optuna_oracle import OptunaOracle
from keras_genae.tuning.oracles.search_oracle import SearchOracle, Status, oracle_arguments


class StartFirst:
    """Mixin of `kt.Oracle`: the first trial has the values that the config's `start` says."""

    def populate_space(self, trial_id):
        """The start, then what the oracle chooses."""
        if self.config.start and not self.trials:
            return {"status": Status.RUNNING, "values": self.config.start_values}
        return super().populate_space(trial_id)


class RandomSearchOracle(SearchOracle, StartFirst, kt.oracles.RandomSearchOracle):
    """Values drawn at random."""


class GridSearchOracle(SearchOracle, GridOracle):
    """Every combination, once."""


class BayesianSearchOracle(SearchOracle, StartFirst, kt.oracles.BayesianOptimizationOracle):
    """Values where a Gaussian process expects a better quality; costs play no part."""


class HyperbandSearchOracle(SearchOracle, kt.oracles.HyperbandOracle):
    """Many short trainings, of which the best in quality go on; costs play no part."""


class OptunaSearchOracle(SearchOracle, OptunaOracle):
    """Values by what all objectives said."""


def make_oracle(config, folder, max_trials=None):
    """The oracle of a search.

    Args:
        config: `SearchConfig`.
        folder: output folder, where the state is kept.
        max_trials: how many trials at most; by default the config's.

    Returns:
        A `kt.Oracle` that is a `SearchOracle` too.

    Raises:
        ImportError: where the oracle needs a package that is not installed.
    """
    arguments = oracle_arguments(config)
    max_trials = max_trials or config.budget.max_trials
    if config.oracle == "hyperband":
        oracle = HyperbandSearchOracle(max_epochs=config.budget.epochs, **arguments)
        oracle.max_trials = max_trials
    elif config.oracle in ("nsga2", "tpe"):
        oracle = OptunaSearchOracle(config, config.oracle, max_trials=max_trials, **arguments)
    else:
        classes = {
            "random": RandomSearchOracle,
            "grid": GridSearchOracle,
            "bayesian": BayesianSearchOracle,
        }
        oracle = classes[config.oracle](max_trials=max_trials, **arguments)
    return oracle.attach(config, folder)
