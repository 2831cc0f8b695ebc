"""The zoo: one model a file."""

from keras_genae.models.autoencoder import Autoencoder
from keras_genae.models.conv_ae import ConvAE
from keras_genae.models.conv_vae import ConvVAE
from keras_genae.models.denoising_ae import DenoisingAE
from keras_genae.models.vae import VAE
from keras_genae.models.variational.beta_tcvae import BetaTCVAE
from keras_genae.models.variational.beta_vae import BetaVAE
from keras_genae.models.variational.capacity_vae import CapacityVAE
from keras_genae.models.variational.factor_vae import FactorVAE
from keras_genae.models.zoo import ModelCard, list_models

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
    "ModelCard",
    "list_models",
]
