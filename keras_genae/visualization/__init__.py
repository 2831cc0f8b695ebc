"""Figures: functions that return a `matplotlib.figure.Figure`."""

from keras_genae.visualization.plot_anomalies import plot_anomalies, plot_anomaly_scores
from keras_genae.visualization.plot_denoising import plot_denoising
from keras_genae.visualization.plot_direction_side_effects import plot_direction_side_effects
from keras_genae.visualization.plot_domain_shift import plot_domain_shift
from keras_genae.visualization.plot_edits import plot_edits
from keras_genae.visualization.plot_factor_matrix import plot_factor_matrix
from keras_genae.visualization.plot_features import plot_features
from keras_genae.visualization.plot_inpainting import plot_inpainting
from keras_genae.visualization.plot_interpolations import plot_interpolations
from keras_genae.visualization.plot_latent_map import plot_latent_map
from keras_genae.visualization.plot_latent_spectrum import plot_latent_spectrum
from keras_genae.visualization.plot_prior_samples import plot_prior_samples
from keras_genae.visualization.plot_rate_distortion import plot_rate_distortion
from keras_genae.visualization.plot_reconstructions import plot_reconstructions
from keras_genae.visualization.plot_samples import plot_samples
from keras_genae.visualization.plot_sparsity_frontier import plot_sparsity_frontier
from keras_genae.visualization.plot_training_curves import plot_training_curves
from keras_genae.visualization.plot_traversals import plot_traversals

__all__ = [
    "plot_anomalies",
    "plot_anomaly_scores",
    "plot_denoising",
    "plot_direction_side_effects",
    "plot_domain_shift",
    "plot_edits",
    "plot_factor_matrix",
    "plot_features",
    "plot_inpainting",
    "plot_interpolations",
    "plot_latent_map",
    "plot_latent_spectrum",
    "plot_prior_samples",
    "plot_rate_distortion",
    "plot_reconstructions",
    "plot_samples",
    "plot_sparsity_frontier",
    "plot_training_curves",
    "plot_traversals",
]
