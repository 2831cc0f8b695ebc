"""A Keras 3 zoo of generative autoencoders."""

from keras_genae import datasets, distributions, evaluation, layers, training, visualization
from keras_genae.layers import Sampling
from keras_genae.models import (
    IRMAE,
    RAE,
    SWAE,
    VAE,
    WAE,
    Autoencoder,
    ContractiveAE,
    ConvAE,
    ConvVAE,
    DenoisingAE,
    SparseAE,
    list_models,
)

__all__ = [
    "IRMAE",
    "RAE",
    "SWAE",
    "VAE",
    "WAE",
    "Autoencoder",
    "ContractiveAE",
    "ConvAE",
    "ConvVAE",
    "DenoisingAE",
    "Sampling",
    "SparseAE",
    "datasets",
    "distributions",
    "evaluation",
    "layers",
    "list_models",
    "training",
    "visualization",
]
