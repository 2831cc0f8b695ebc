"""Structural similarity, at one scale and at several."""

import numpy as np

from keras_genae.evaluation.image_checks import as_image_pair

WINDOW = 11  # pixels
SIGMA = 1.5  # pixels, of the Gaussian in the window
# What keeps the quotients finite where an image is black or flat, for values in [0, 1].
C1, C2 = 0.01**2, 0.03**2
# Of the scales from the finest to the coarsest.
SCALE_WEIGHTS = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])
# Images at a time: in double precision, and filtered five times, many would fill the memory.
CHUNK = 128


def ssim(a, b):
    """Structural similarity: how alike means, contrasts and patterns are in every small window.

    1 for equal images, about 0 for unrelated ones, negative for inverted ones. The window is a
    Gaussian of 11 × 11 pixels with σ = 1.5, and only windows that lie within the image count. An
    image lower or narrower than 11 pixels has a window of the largest odd size that fits, and a σ
    smaller in proportion. Colours are measured one by one and averaged.

    Args:
        a, b: images `(n, height, width, channels)`, floats in [0, 1] or uint8; 8×8 or larger.

    Returns:
        float64 array `(n,)`.

    Raises:
        ValueError: where the shapes differ, or on values that are not finite or out of range.

    Example:

    >>> import numpy as np
    >>> images = np.random.default_rng(0).uniform(size=(2, 28, 28, 1))
    >>> ssim(images, images)
    array([1., 1.])

    Reference:
        Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity",
        2004.
    """
    return _in_chunks(_ssim, *as_image_pair(a, b))


def ms_ssim(a, b):
    """Structural similarity at several scales: contrast and pattern at each, means at the coarsest.

    Each scale halves the one before. There are as many as the window of 11 pixels fits in, at most
    the five of the paper: 1 below 21 pixels of height or width, 2 below 41, 3 below 81, 4 below
    161. The paper's weights of those used are divided by their sum. So numbers compare between
    images of one size, and of those below 21 pixels this is `ssim`, with 0 for what is negative:
    negative similarity has no fractional power.

    Args:
        a, b: images `(n, height, width, channels)`, floats in [0, 1] or uint8; 8×8 or larger.

    Returns:
        float64 array `(n,)`, in [0, 1].

    Raises:
        ValueError: where the shapes differ, or on values that are not finite or out of range.

    Example:

    >>> import numpy as np
    >>> images = np.random.default_rng(0).uniform(size=(2, 28, 28, 1))
    >>> ms_ssim(images, images)
    array([1., 1.])

    Reference:
        Wang, Simoncelli & Bovik, "Multi-Scale Structural Similarity for Image Quality Assessment",
        2003.
    """
    return _in_chunks(_ms_ssim, *as_image_pair(a, b))


def _in_chunks(function, a, b):
    """`function` of float64 `(chunk, channels, height, width)`, for all images."""
    starts = range(0, len(a), CHUNK)
    return np.concatenate(
        [
            function(*(np.moveaxis(x[i : i + CHUNK], -1, 1).astype("float64") for x in (a, b)))
            for i in starts
        ]
    )


def _ssim(a, b):
    luminance, structure = _similarities(a, b)
    return np.mean(luminance * structure, axis=(1, 2, 3))


def _ms_ssim(a, b):
    scales = _count_scales(a.shape[2:])
    weights = SCALE_WEIGHTS[:scales] / SCALE_WEIGHTS[:scales].sum()
    product = 1.0
    for scale, weight in enumerate(weights):
        luminance, similarity = _similarities(a, b)
        if scale == scales - 1:
            similarity = luminance * similarity
        product = product * np.maximum(np.mean(similarity, axis=(2, 3)), 0.0) ** weight
        a, b = _halve(a), _halve(b)
    return np.mean(product, axis=1)


def _similarities(a, b):
    """Of the means, and of contrast and pattern, in each window of each channel."""
    mean_a, mean_b = _blur(a), _blur(b)
    variances = _blur(a * a) - mean_a**2 + _blur(b * b) - mean_b**2
    covariance = _blur(a * b) - mean_a * mean_b
    luminance = (2.0 * mean_a * mean_b + C1) / (mean_a**2 + mean_b**2 + C1)
    return luminance, (2.0 * covariance + C2) / (variances + C2)


def _blur(x):
    """Weighted means over all windows that lie within images `(…, height, width)`."""
    height, width = x.shape[-2:]
    size = _window_size(x.shape[-2:])
    return _window_matrix(height, size) @ x @ _window_matrix(width, size).T


def _window_size(size):
    smallest = min(WINDOW, *size)
    return smallest if smallest % 2 else smallest - 1


def _window_matrix(length, size):
    """A row for each place of the window along `length` pixels: filtering is a product with it."""
    offsets = np.arange(size) - size // 2
    window = np.exp(-0.5 * np.square(offsets / (SIGMA * size / WINDOW)))
    places = length - size + 1
    matrix = np.zeros((places, length))
    for place in range(places):
        matrix[place, place : place + size] = window / window.sum()
    return matrix


def _count_scales(size):
    scales, shorter = 1, -(-min(size) // 2)
    while shorter >= WINDOW and scales < len(SCALE_WEIGHTS):
        scales, shorter = scales + 1, -(-shorter // 2)
    return scales


def _halve(x):
    """Average blocks of 2 × 2 pixels; the last row or column of an odd size is taken twice."""
    height, width = x.shape[-2:]
    x = np.pad(x, [(0, 0), (0, 0), (0, height % 2), (0, width % 2)], mode="edge")
    rows = 0.5 * (x[:, :, ::2] + x[:, :, 1::2])
    return 0.5 * (rows[..., ::2] + rows[..., 1::2])
