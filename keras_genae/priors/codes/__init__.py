"""Densities over codes that are indices into a codebook."""

from keras_genae.priors.codes.transformer import TransformerPrior
from keras_genae.priors.codes.uniform_codes import UniformCodesPrior

__all__ = ["TransformerPrior", "UniformCodesPrior"]
