"""Layers: sampling by reparametrisation, corruptions, the optimal scale of a
likelihood, the optimal prior."""

from keras_genae.layers.blur import Blur
from keras_genae.layers.code_standardizer import CodeStandardizer
from keras_genae.layers.corruption import Corruption
from keras_genae.layers.gaussian_noise import GaussianNoise
from keras_genae.layers.masking_noise import MaskingNoise
from keras_genae.layers.optimal_scale import OptimalScale
from keras_genae.layers.salt_and_pepper import SaltAndPepper
from keras_genae.layers.sampling import Sampling

__all__ = [
    "Blur",
    "CodeStandardizer",
    "Corruption",
    "GaussianNoise",
    "MaskingNoise",
    "OptimalScale",
    "SaltAndPepper",
    "Sampling",
]
