"""Muon for the kernels of convolutions too."""

import math
import re

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_genae")
class Muon(keras.optimizers.Muon):
    """Keras's Muon, which moves the kernels of convolutions too, at little cost.

    A step goes along the momentum M, with its singular values brought to about 1 by Newton-Schulz
    steps X ← aX + b(XXᵀ)X + c(XXᵀ)²X. Each of them multiplies X by a polynomial of XXᵀ, and all of
    them together by one of MᵀM: here that one is found first, on the shorter side of the matrix,
    and M is multiplied once. Keras's own steps go over the whole of a matrix fifteen times.

    A kernel counts as the matrix of its last axis and all others: of a convolution, from the places
    and inputs to the outputs.

    Args:
        exclude_layers: patterns of the paths of what Adam moves beside all vectors.
        **kwargs: the other arguments of `keras.optimizers.Muon`.

    Example:

    >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3)])
    >>> model.compile(Muon(1e-3), loss="mse")

    References:
        Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024;
        Liu et al., "Muon is Scalable for LLM Training", 2025 (the size of a step).
    """

    def _should_use_adamw(self, variable):
        # Keras leaves all that is no matrix to Adam.
        if len(variable.shape) > 2:
            return any(re.search(pattern, variable.path) for pattern in self.exclude_layers)
        return super()._should_use_adamw(variable)

    def zeropower_via_newtonschulz5(self, x, steps):
        """A momentum with its singular values brought to about 1, in the shape it came in."""
        shape = x.shape
        x = ops.reshape(x, matrix_shape(shape))
        is_tall = x.shape[0] > x.shape[1]
        gram = ops.matmul(ops.transpose(x), x) if is_tall else ops.matmul(x, ops.transpose(x))
        # Divided by its norm, the largest singular value of X is at most 1.
        norm = ops.sqrt(ops.trace(gram)) + 1e-7
        gram = gram / norm / norm
        identity = ops.eye(gram.shape[0], dtype=x.dtype)
        product = identity / norm
        for _ in range(steps):
            # X ← PX and so XXᵀ ← P(XXᵀ)P, P = a + b(XXᵀ) + c(XXᵀ)²
            factor = self.muon_a * identity + self.muon_b * gram
            factor = factor + self.muon_c * ops.matmul(gram, gram)
            product = ops.matmul(factor, product)
            gram = ops.matmul(ops.matmul(factor, gram), factor)
        x = ops.matmul(x, product) if is_tall else ops.matmul(product, x)
        return ops.reshape(x, shape)

    def lr_adjust(self, x):
        """A step as long as one of Adam: by the longer side of the matrix."""
        return ops.reshape(super().lr_adjust(ops.reshape(x, matrix_shape(x.shape))), x.shape)


def matrix_shape(shape):
    """The shape of a kernel as a matrix: all axes but the last, and the last."""
    return math.prod(shape[:-1]), shape[-1]
