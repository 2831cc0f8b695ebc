"""The zoo: one model a file."""

from keras_genae.models.autoencoder import Autoencoder
from keras_genae.models.bounds import CIWAE, IWAE, MIWAE, PIWAE, RenyiVAE
from keras_genae.models.conv_ae import ConvAE
from keras_genae.models.conv_vae import ConvVAE
from keras_genae.models.denoising_ae import DenoisingAE
from keras_genae.models.vae import VAE
from keras_genae.models.zoo import ModelCard, list_models

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
    "ModelCard",
    "RenyiVAE",
    "list_models",
]
