"""Layers: sampling by reparametrisation, corruptions, side information, the optimal scale of a
likelihood, the whitening of codes, autoregressive networks, transformers, patches of images,
dictionaries, and what kernels are held to."""

from keras_genae.layers.atoms import Atoms
from keras_genae.layers.blur import Blur
from keras_genae.layers.causal_transformer import CausalTransformer
from keras_genae.layers.code_whitener import CodeWhitener
from keras_genae.layers.condition import Condition
from keras_genae.layers.corruption import Corruption
from keras_genae.layers.gaussian_noise import GaussianNoise
from keras_genae.layers.joined_patches import JoinedPatches
from keras_genae.layers.made import MADE
from keras_genae.layers.masked_dense import MaskedDense
from keras_genae.layers.masking_noise import MaskingNoise
from keras_genae.layers.optimal_scale import OptimalScale
from keras_genae.layers.patch_positions import PatchPositions
from keras_genae.layers.patches import Patches
from keras_genae.layers.salt_and_pepper import SaltAndPepper
from keras_genae.layers.sampling import Sampling
from keras_genae.layers.self_attention import SelfAttention
from keras_genae.layers.transformer_block import TransformerBlock
from keras_genae.layers.unit_spectral_norm import UnitSpectralNorm

__all__ = [
    "MADE",
    "Atoms",
    "Blur",
    "CausalTransformer",
    "CodeWhitener",
    "Condition",
    "Corruption",
    "GaussianNoise",
    "JoinedPatches",
    "MaskedDense",
    "MaskingNoise",
    "OptimalScale",
    "PatchPositions",
    "Patches",
    "SaltAndPepper",
    "Sampling",
    "SelfAttention",
    "TransformerBlock",
    "UnitSpectralNorm",
]
