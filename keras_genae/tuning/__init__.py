"""Search for the best model for the resources, by KerasTuner.

The oracles `nsga2` and `tpe` need Optuna: `pip install keras_genae[tuning]`.
"""

from keras_genae.tuning.config.search_config import SearchConfig, load_config, with_data_path
from keras_genae.tuning.config.yaml_file import ConfigError
from keras_genae.tuning.oracles.make_oracle import make_oracle
from keras_genae.tuning.results.pareto import hypervolume, knee, pareto_front
from keras_genae.tuning.search import NothingToRecommend, run_search
from keras_genae.tuning.trials.costs import measure_costs
from keras_genae.tuning.trials.hypermodel import AutoencoderHyperModel

__all__ = [
    "AutoencoderHyperModel",
    "ConfigError",
    "NothingToRecommend",
    "SearchConfig",
    "hypervolume",
    "knee",
    "load_config",
    "make_oracle",
    "measure_costs",
    "pareto_front",
    "run_search",
    "with_data_path",
]
