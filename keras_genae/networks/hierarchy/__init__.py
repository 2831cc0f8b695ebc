"""Networks of models with several levels of codes, from the top down."""

from keras_genae.networks.hierarchy.deep import deep_networks
from keras_genae.networks.hierarchy.deep_level import DeepLevel
from keras_genae.networks.hierarchy.ladder import ladder_networks
from keras_genae.networks.hierarchy.ladder_level import LadderLevel
from keras_genae.networks.hierarchy.top_down import Descent, TopDown

__all__ = ["DeepLevel", "Descent", "LadderLevel", "TopDown", "deep_networks", "ladder_networks"]
