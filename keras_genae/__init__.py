"""A Keras 3 zoo of generative autoencoders."""

from keras_genae import datasets, distributions, evaluation, layers, training, visualization
from keras_genae.layers import Sampling
from keras_genae.models import (
    CIWAE,
    IWAE,
    MIWAE,
    PIWAE,
    VAE,
    Autoencoder,
    ConvAE,
    ConvVAE,
    DenoisingAE,
    RenyiVAE,
    list_models,
)

__all__ = [
    "CIWAE",
    "IWAE",
    "MIWAE",
    "PIWAE",
    "VAE",
    "Autoencoder",
    "ConvAE",
    "ConvVAE",
    "DenoisingAE",
    "RenyiVAE",
    "Sampling",
    "datasets",
    "distributions",
    "evaluation",
    "layers",
    "list_models",
    "training",
    "visualization",
]
