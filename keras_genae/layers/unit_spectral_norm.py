"""Weights whose largest singular value is 1."""

import keras
import numpy as np
from keras import ops

# Steps of the power iteration. Short of the end it finds a little less than the largest singular
# value, by a percent or two where several are nearly as large.
ITERATIONS = 16


@keras.saving.register_keras_serializable(package="keras_genae")
class UnitSpectralNorm(keras.constraints.Constraint):
    """Divide a kernel by its largest singular value, found by power iteration.

    A linear layer then makes no vector longer. A kernel of more than two axes is taken as the
    matrix from its last axis to all others. As a constraint of a variable it is applied by the
    optimizer after each step, so that the layer itself stays a plain one.

    Example:

    >>> import numpy as np
    >>> kernel = UnitSpectralNorm()(np.diag([4.0, 1.0]).astype("float32"))
    >>> np.round(np.diag(kernel), 3).tolist()
    [1.0, 0.25]

    Reference:
        Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018.
    """

    def __call__(self, w):
        """The kernel of norm 1; one of zeros stays."""
        kernel = ops.convert_to_tensor(w)
        matrix = ops.reshape(ops.cast(kernel, "float32"), (-1, kernel.shape[-1]))
        # Always the same start, of which nothing is orthogonal by its making.
        start = np.random.default_rng(0).standard_normal(kernel.shape[-1]).astype("float32")
        v = ops.convert_to_tensor(start / np.linalg.norm(start))
        for _ in range(ITERATIONS):
            u = unit(ops.matmul(matrix, v))
            v = unit(ops.matmul(u, matrix))
        norm = ops.norm(ops.matmul(matrix, v))
        return ops.divide_no_nan(kernel, ops.cast(norm, kernel.dtype))


def unit(vector):
    """A vector at length 1; one of zeros stays."""
    return ops.divide_no_nan(vector, ops.norm(vector))
