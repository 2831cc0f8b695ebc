"""A Keras 3 zoo of generative autoencoders."""

from keras_genae import datasets, distributions, evaluation, layers, training, visualization
from keras_genae.layers import Sampling
from keras_genae.models import (
    DIPVAE,
    MSSSIMVAE,
    VAE,
    Autoencoder,
    BetaTCVAE,
    BetaVAE,
    CapacityVAE,
    ConvAE,
    ConvVAE,
    DenoisingAE,
    FactorVAE,
    InfoVAE,
    PerceptualVAE,
    list_models,
)

__all__ = [
    "DIPVAE",
    "MSSSIMVAE",
    "VAE",
    "Autoencoder",
    "BetaTCVAE",
    "BetaVAE",
    "CapacityVAE",
    "ConvAE",
    "ConvVAE",
    "DenoisingAE",
    "FactorVAE",
    "InfoVAE",
    "PerceptualVAE",
    "Sampling",
    "datasets",
    "distributions",
    "evaluation",
    "layers",
    "list_models",
    "training",
    "visualization",
]
