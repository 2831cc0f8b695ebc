"""The zoo: one model a file."""

from keras_genae.models.autoencoder import Autoencoder
from keras_genae.models.conv_ae import ConvAE
from keras_genae.models.conv_vae import ConvVAE
from keras_genae.models.denoising_ae import DenoisingAE
from keras_genae.models.regularised.contractive_ae import ContractiveAE
from keras_genae.models.regularised.irmae import IRMAE
from keras_genae.models.regularised.rae import RAE
from keras_genae.models.regularised.sparse_ae import SparseAE
from keras_genae.models.regularised.swae import SWAE
from keras_genae.models.regularised.wae import WAE
from keras_genae.models.vae import VAE
from keras_genae.models.zoo import ModelCard, list_models

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
    "ModelCard",
    "SparseAE",
    "list_models",
]
