"""The zoo: one model a file."""

from keras_genae.models.autoencoder import Autoencoder
from keras_genae.models.conditional.ada_gvae import AdaGVAE
from keras_genae.models.conditional.conditional_vae import ConditionalVAE
from keras_genae.models.conditional.ivae import IVAE
from keras_genae.models.conditional.joint_vae import JointVAE
from keras_genae.models.conditional.semi_supervised_vae import SemiSupervisedVAE
from keras_genae.models.conv_ae import ConvAE
from keras_genae.models.conv_vae import ConvVAE
from keras_genae.models.denoising_ae import DenoisingAE
from keras_genae.models.vae import VAE
from keras_genae.models.zoo import ModelCard, list_models

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
    "ModelCard",
    "SemiSupervisedVAE",
    "list_models",
]
