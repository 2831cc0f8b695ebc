"""The peak signal-to-noise ratio."""

import numpy as np

from keras_genae.evaluation.image_checks import as_image_pair


def psnr(a, b):
    """The squared error on a logarithmic scale: −10 log₁₀ of its mean over an image.

    Args:
        a, b: images `(n, height, width, channels)`, floats in [0, 1] or uint8; 8×8 or larger.

    Returns:
        float64 array `(n,)`, in decibels; infinite where two images are equal.

    Raises:
        ValueError: where the shapes differ, or on values that are not finite or out of range.

    Example:

    >>> import numpy as np
    >>> image = np.zeros((1, 8, 8, 1))
    >>> psnr(image, image + 0.1).round(3)
    array([20.])
    """
    a, b = as_image_pair(a, b)
    squared_error = np.mean(np.square(a - b), axis=(1, 2, 3), dtype="float64")
    with np.errstate(divide="ignore"):
        return -10.0 * np.log10(squared_error)
