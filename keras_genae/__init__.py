"""A Keras 3 zoo of generative autoencoders."""

from keras_genae import datasets, distributions, evaluation, layers, training, visualization
from keras_genae.layers import Sampling
from keras_genae.models import (
    IVAE,
    VAE,
    AdaGVAE,
    Autoencoder,
    ConditionalVAE,
    ConvAE,
    ConvVAE,
    DenoisingAE,
    JointVAE,
    SemiSupervisedVAE,
    list_models,
)

__all__ = [
    "IVAE",
    "VAE",
    "AdaGVAE",
    "Autoencoder",
    "ConditionalVAE",
    "ConvAE",
    "ConvVAE",
    "DenoisingAE",
    "JointVAE",
    "Sampling",
    "SemiSupervisedVAE",
    "datasets",
    "distributions",
    "evaluation",
    "layers",
    "list_models",
    "training",
    "visualization",
]
