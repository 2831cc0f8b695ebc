"""Mixtures of normal distributions over latent vectors."""

from keras_genae.priors.mixtures.gaussian_mixture import GaussianMixturePrior
from keras_genae.priors.mixtures.vamp_mixture import VampMixturePrior

__all__ = ["GaussianMixturePrior", "VampMixturePrior"]
