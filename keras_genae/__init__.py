"""A Keras 3 zoo of generative autoencoders."""

from keras_genae import datasets, distributions, evaluation, layers, training, visualization
from keras_genae.layers import Sampling
from keras_genae.models import (
    VAE,
    Autoencoder,
    BetaTCVAE,
    BetaVAE,
    CapacityVAE,
    ConvAE,
    ConvVAE,
    DenoisingAE,
    FactorVAE,
    list_models,
)

__all__ = [
    "VAE",
    "Autoencoder",
    "BetaTCVAE",
    "BetaVAE",
    "CapacityVAE",
    "ConvAE",
    "ConvVAE",
    "DenoisingAE",
    "FactorVAE",
    "Sampling",
    "datasets",
    "distributions",
    "evaluation",
    "layers",
    "list_models",
    "training",
    "visualization",
]
