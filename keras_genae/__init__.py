"""A Keras 3 zoo of generative autoencoders."""

from keras_genae import datasets, distributions, evaluation, layers, training, visualization
from keras_genae.layers import Sampling
from keras_genae.models import (
    IAFVAE,
    VAE,
    Autoencoder,
    ConvAE,
    ConvVAE,
    DenoisingAE,
    HypersphericalVAE,
    PlanarFlowVAE,
    PoincareVAE,
    RadialFlowVAE,
    VaDE,
    VampPriorVAE,
    list_models,
)

__all__ = [
    "IAFVAE",
    "VAE",
    "Autoencoder",
    "ConvAE",
    "ConvVAE",
    "DenoisingAE",
    "HypersphericalVAE",
    "PlanarFlowVAE",
    "PoincareVAE",
    "RadialFlowVAE",
    "Sampling",
    "VaDE",
    "VampPriorVAE",
    "datasets",
    "distributions",
    "evaluation",
    "layers",
    "list_models",
    "training",
    "visualization",
]
