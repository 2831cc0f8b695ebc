"""The zoo: one model a file."""

from keras_genae.models.autoencoder import Autoencoder
from keras_genae.models.conv_ae import ConvAE
from keras_genae.models.conv_vae import ConvVAE
from keras_genae.models.denoising_ae import DenoisingAE
from keras_genae.models.vae import VAE
from keras_genae.models.variational.beta_tcvae import BetaTCVAE
from keras_genae.models.variational.beta_vae import BetaVAE
from keras_genae.models.variational.capacity_vae import CapacityVAE
from keras_genae.models.variational.dip_vae import DIPVAE
from keras_genae.models.variational.factor_vae import FactorVAE
from keras_genae.models.variational.info_vae import InfoVAE
from keras_genae.models.variational.ms_ssim_vae import MSSSIMVAE
from keras_genae.models.variational.perceptual_vae import PerceptualVAE
from keras_genae.models.zoo import ModelCard, list_models

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
    "ModelCard",
    "PerceptualVAE",
    "list_models",
]
