"""How far latent units and known factors of variation go together, one to one."""

from keras_genae.evaluation.disentanglement.dci import dci
from keras_genae.evaluation.disentanglement.factor_information import (
    factor_entropy,
    factor_information,
)
from keras_genae.evaluation.disentanglement.factor_vae_score import factor_vae_score
from keras_genae.evaluation.disentanglement.mean_correlation import mean_correlation
from keras_genae.evaluation.disentanglement.mig import mig
from keras_genae.evaluation.disentanglement.modularity import modularity
from keras_genae.evaluation.disentanglement.sap import sap
from keras_genae.evaluation.disentanglement.scores import disentanglement_scores

__all__ = [
    "dci",
    "disentanglement_scores",
    "factor_entropy",
    "factor_information",
    "factor_vae_score",
    "mean_correlation",
    "mig",
    "modularity",
    "sap",
]
