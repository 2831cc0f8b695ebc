"""What a latent space knows, and what each of its units carries."""

from keras_genae.evaluation.latent_space.cluster_accuracy import cluster_accuracy
from keras_genae.evaluation.latent_space.mutual_information import mutual_information
from keras_genae.evaluation.latent_space.pca import pca_codes, pca_reconstruction_mse
from keras_genae.evaluation.latent_space.probes import linear_probe, neighbour_probe
from keras_genae.evaluation.latent_space.quality import latent_space_quality
from keras_genae.evaluation.latent_space.trustworthiness import latent_trustworthiness
from keras_genae.evaluation.latent_space.units import active_units, kl_per_unit

__all__ = [
    "active_units",
    "cluster_accuracy",
    "kl_per_unit",
    "latent_space_quality",
    "latent_trustworthiness",
    "linear_probe",
    "mutual_information",
    "neighbour_probe",
    "pca_codes",
    "pca_reconstruction_mse",
]
