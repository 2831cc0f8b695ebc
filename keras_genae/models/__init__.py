"""The zoo: one model a file."""

from keras_genae.models.adversarial.aae import AAE
from keras_genae.models.adversarial.kl_autoencoder import KLAutoencoder
from keras_genae.models.adversarial.soft_intro_vae import SoftIntroVAE
from keras_genae.models.adversarial.vae_gan import VAEGAN
from keras_genae.models.autoencoder import Autoencoder
from keras_genae.models.bounds import CIWAE, IWAE, MIWAE, PIWAE, RenyiVAE
from keras_genae.models.conditional.ada_gvae import AdaGVAE
from keras_genae.models.conditional.conditional_vae import ConditionalVAE
from keras_genae.models.conditional.ivae import IVAE
from keras_genae.models.conditional.joint_vae import JointVAE
from keras_genae.models.conditional.semi_supervised_vae import SemiSupervisedVAE
from keras_genae.models.conv_ae import ConvAE
from keras_genae.models.conv_vae import ConvVAE
from keras_genae.models.denoising_ae import DenoisingAE
from keras_genae.models.dictionaries.batch_top_k_sae import BatchTopKSAE
from keras_genae.models.dictionaries.gated_sae import GatedSAE
from keras_genae.models.dictionaries.jump_relu_sae import JumpReLUSAE
from keras_genae.models.dictionaries.matryoshka_sae import MatryoshkaSAE
from keras_genae.models.dictionaries.top_k_sae import TopKSAE
from keras_genae.models.hierarchical.deep_vae import DeepVAE
from keras_genae.models.hierarchical.ladder_vae import LadderVAE
from keras_genae.models.latents.hamiltonian_vae import HamiltonianVAE
from keras_genae.models.latents.hyperspherical_vae import HypersphericalVAE
from keras_genae.models.latents.iaf_vae import IAFVAE
from keras_genae.models.latents.planar_flow_vae import PlanarFlowVAE
from keras_genae.models.latents.poincare_vae import PoincareVAE
from keras_genae.models.latents.radial_flow_vae import RadialFlowVAE
from keras_genae.models.latents.vade import VaDE
from keras_genae.models.latents.vamp_prior_vae import VampPriorVAE
from keras_genae.models.masked.masked_ae import MaskedAE
from keras_genae.models.quantised.bsq_vae import BSQVAE
from keras_genae.models.quantised.categorical_vae import CategoricalVAE
from keras_genae.models.quantised.fsq_vae import FSQVAE
from keras_genae.models.quantised.lfq_vae import LFQVAE
from keras_genae.models.quantised.residual_vq_vae import ResidualVQVAE
from keras_genae.models.quantised.sim_vq_vae import SimVQVAE
from keras_genae.models.quantised.vq_vae import VQVAE
from keras_genae.models.quantised.vq_vae_2 import VQVAE2
from keras_genae.models.regularised.contractive_ae import ContractiveAE
from keras_genae.models.regularised.irmae import IRMAE
from keras_genae.models.regularised.rae import RAE
from keras_genae.models.regularised.sparse_ae import SparseAE
from keras_genae.models.regularised.swae import SWAE
from keras_genae.models.regularised.wae import WAE
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
    "AAE",
    "BSQVAE",
    "CIWAE",
    "DIPVAE",
    "FSQVAE",
    "IAFVAE",
    "IRMAE",
    "IVAE",
    "IWAE",
    "LFQVAE",
    "MIWAE",
    "MSSSIMVAE",
    "PIWAE",
    "RAE",
    "SWAE",
    "VAE",
    "VAEGAN",
    "VQVAE",
    "VQVAE2",
    "WAE",
    "AdaGVAE",
    "Autoencoder",
    "BatchTopKSAE",
    "BetaTCVAE",
    "BetaVAE",
    "CapacityVAE",
    "CategoricalVAE",
    "ConditionalVAE",
    "ContractiveAE",
    "ConvAE",
    "ConvVAE",
    "DeepVAE",
    "DenoisingAE",
    "FactorVAE",
    "GatedSAE",
    "HamiltonianVAE",
    "HypersphericalVAE",
    "InfoVAE",
    "JointVAE",
    "JumpReLUSAE",
    "KLAutoencoder",
    "LadderVAE",
    "MaskedAE",
    "MatryoshkaSAE",
    "ModelCard",
    "PerceptualVAE",
    "PlanarFlowVAE",
    "PoincareVAE",
    "RadialFlowVAE",
    "RenyiVAE",
    "ResidualVQVAE",
    "SemiSupervisedVAE",
    "SimVQVAE",
    "SoftIntroVAE",
    "SparseAE",
    "TopKSAE",
    "VaDE",
    "VampPriorVAE",
    "list_models",
]
