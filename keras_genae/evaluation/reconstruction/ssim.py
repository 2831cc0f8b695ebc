"""Structural similarity, at one scale and at several."""

import numpy as np
from keras import ops

from keras_genae import structural_similarity
from keras_genae.evaluation.image_checks import as_image_pair

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
    return _in_chunks(structural_similarity.ssim, *as_image_pair(a, b))


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
    >>> ms_ssim(images, images).round(4)
    array([1., 1.])

    Reference:
        Wang, Simoncelli & Bovik, "Multi-Scale Structural Similarity for Image Quality Assessment",
        2003.
    """
    return _in_chunks(structural_similarity.ms_ssim, *as_image_pair(a, b))


def _in_chunks(function, a, b):
    """`function` of float64 `(chunk, height, width, channels)`, for all images."""
    starts = range(0, len(a), CHUNK)
    values = [
        function(*(x[start : start + CHUNK].astype("float64") for x in (a, b))) for start in starts
    ]
    return np.concatenate([ops.convert_to_numpy(value) for value in values]).astype("float64")
