"""Figures: functions that return a `matplotlib.figure.Figure`."""

from keras_genae.visualization.plot_denoising import plot_denoising
from keras_genae.visualization.plot_interpolations import plot_interpolations
from keras_genae.visualization.plot_latent_map import plot_latent_map
from keras_genae.visualization.plot_reconstructions import plot_reconstructions
from keras_genae.visualization.plot_samples import plot_samples
from keras_genae.visualization.plot_training_curves import plot_training_curves
from keras_genae.visualization.plot_traversals import plot_traversals

__all__ = [
    "plot_denoising",
    "plot_interpolations",
    "plot_latent_map",
    "plot_reconstructions",
    "plot_samples",
    "plot_training_curves",
    "plot_traversals",
]
