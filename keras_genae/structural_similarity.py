"""Structural similarity in `keras.ops`: a measure of images, and a loss that has gradients.

The functions take tensors or arrays `(n, height, width, channels)` of values in [0, 1], and compute
in their precision. `keras_genae.evaluation` has them for arrays of any size, with checks.

References:
    Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", 2004;
    Wang, Simoncelli & Bovik, "Multi-Scale Structural Similarity for Image Quality Assessment",
    2003.
"""

import numpy as np
from keras import ops

WINDOW = 11  # pixels
SIGMA = 1.5  # pixels, of the Gaussian in the window
# What keeps the quotients finite where an image is black or flat, for values in [0, 1].
C1, C2 = 0.01**2, 0.03**2
# Of the scales from the finest to the coarsest.
SCALE_WEIGHTS = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])


def ssim(a, b):
    """Structural similarity of each pair: means over windows and channels, `(n,)`."""
    luminance, structure = similarities(channels_first(a), channels_first(b))
    return ops.mean(luminance * structure, axis=(1, 2, 3))


def ms_ssim(a, b, smallest=0.0):
    """Structural similarity at several scales of each pair, `(n,)`, in [0, 1].

    Each scale halves the one before; there are as many as the window fits in, at most five. The
    paper's weights of those used are divided by their sum.

    Args:
        a, b: images.
        smallest: what the similarity at a scale counts as where it is below, as no negative number
            has a fractional power. Above 0 gradients are finite.
    """
    a, b = channels_first(a), channels_first(b)
    scales = count_scales(a.shape[2:])
    weights = SCALE_WEIGHTS[:scales] / SCALE_WEIGHTS[:scales].sum()
    product = 1.0
    for scale, weight in enumerate(weights):
        luminance, similarity = similarities(a, b)
        if scale == scales - 1:
            similarity = luminance * similarity
        similarity = ops.maximum(ops.mean(similarity, axis=(2, 3)), smallest)
        product = product * ops.power(similarity, float(weight))
        a, b = halve(a), halve(b)
    return ops.mean(product, axis=1)


def channels_first(x):
    """Images `(n, channels, height, width)`, in which filters are products of matrices."""
    return ops.transpose(ops.convert_to_tensor(x), (0, 3, 1, 2))


def similarities(a, b):
    """Of the means, and of contrast and pattern, in each window of each channel."""
    mean_a, mean_b = blur(a), blur(b)
    variances = blur(a * a) - mean_a * mean_a + blur(b * b) - mean_b * mean_b
    covariance = blur(a * b) - mean_a * mean_b
    luminance = (2.0 * mean_a * mean_b + C1) / (mean_a * mean_a + mean_b * mean_b + C1)
    return luminance, (2.0 * covariance + C2) / (variances + C2)


def blur(x):
    """Weighted means over all windows that lie within images `(…, height, width)`."""
    size = min(WINDOW, *x.shape[-2:])
    size -= 1 - size % 2
    rows, columns = (window_matrix(length, size) for length in x.shape[-2:])
    rows, columns = (ops.convert_to_tensor(matrix, dtype=x.dtype) for matrix in (rows, columns.T))
    return ops.matmul(ops.matmul(rows, x), columns)


def window_matrix(length, size):
    """A row for each place of the window along `length` pixels: filtering is a product with it."""
    offsets = np.arange(size) - size // 2
    window = np.exp(-0.5 * np.square(offsets / (SIGMA * size / WINDOW)))
    places = length - size + 1
    matrix = np.zeros((places, length))
    for place in range(places):
        matrix[place, place : place + size] = window / window.sum()
    return matrix


def count_scales(size):
    """How many scales an image of (height, width) has."""
    scales, shorter = 1, -(-min(size) // 2)
    while shorter >= WINDOW and scales < len(SCALE_WEIGHTS):
        scales, shorter = scales + 1, -(-shorter // 2)
    return scales


def halve(x):
    """Average blocks of 2 × 2 pixels; the last row or column of an odd size is taken twice."""
    height, width = x.shape[-2:]
    pads = ((0, 0), (0, 0), (0, height % 2), (0, width % 2))
    x = ops.pad(x, pads, mode="symmetric") if height % 2 or width % 2 else x
    rows = 0.5 * (x[:, :, ::2] + x[:, :, 1::2])
    return 0.5 * (rows[..., ::2] + rows[..., 1::2])
