"""Densities over latent vectors, fitted after training."""

from keras_genae.priors.gaussian import GaussianPrior

__all__ = ["GaussianPrior"]
