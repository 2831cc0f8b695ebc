"""Numbers: how good a trained model is."""

from keras_genae.evaluation.attribute_directions import AttributeDirections, fit_directions
from keras_genae.evaluation.dci import dci
from keras_genae.evaluation.density_coverage import density_coverage
from keras_genae.evaluation.disentanglement import disentanglement_scores
from keras_genae.evaluation.domain_shift import DomainShift, domain_shift
from keras_genae.evaluation.factor_information import factor_entropy, factor_information
from keras_genae.evaluation.factor_vae_score import factor_vae_score
from keras_genae.evaluation.features import InceptionFeatures, RandomFeatures
from keras_genae.evaluation.frechet import frechet_distance, frechet_distance_of_gaussians
from keras_genae.evaluation.generation import generation_quality, generation_table
from keras_genae.evaluation.kernel_distance import kernel_distance
from keras_genae.evaluation.latent_space import latent_space_quality
from keras_genae.evaluation.likelihood import (
    bits_per_dimension,
    distortion,
    elbo,
    log_likelihood,
    rate,
)
from keras_genae.evaluation.mig import mig
from keras_genae.evaluation.modularity import modularity
from keras_genae.evaluation.mutual_information import mutual_information
from keras_genae.evaluation.pca import pca_codes, pca_reconstruction_mse
from keras_genae.evaluation.precision_recall import precision_recall
from keras_genae.evaluation.probes import linear_probe, neighbour_probe
from keras_genae.evaluation.psnr import psnr
from keras_genae.evaluation.rate_distortion import (
    lower_hull,
    rate_distortion,
    rate_distortion_curve,
)
from keras_genae.evaluation.reconstruction import reconstruction_mse, reconstruction_quality
from keras_genae.evaluation.sap import sap
from keras_genae.evaluation.ssim import ms_ssim, ssim
from keras_genae.evaluation.trustworthiness import latent_trustworthiness
from keras_genae.evaluation.units import active_units, kl_per_unit

__all__ = [
    "AttributeDirections",
    "DomainShift",
    "InceptionFeatures",
    "RandomFeatures",
    "active_units",
    "bits_per_dimension",
    "dci",
    "density_coverage",
    "disentanglement_scores",
    "distortion",
    "domain_shift",
    "elbo",
    "factor_entropy",
    "factor_information",
    "factor_vae_score",
    "fit_directions",
    "frechet_distance",
    "frechet_distance_of_gaussians",
    "generation_quality",
    "generation_table",
    "kernel_distance",
    "kl_per_unit",
    "latent_space_quality",
    "latent_trustworthiness",
    "linear_probe",
    "log_likelihood",
    "lower_hull",
    "mig",
    "modularity",
    "ms_ssim",
    "mutual_information",
    "neighbour_probe",
    "pca_codes",
    "pca_reconstruction_mse",
    "precision_recall",
    "psnr",
    "rate",
    "rate_distortion",
    "rate_distortion_curve",
    "reconstruction_mse",
    "reconstruction_quality",
    "sap",
    "ssim",
]
