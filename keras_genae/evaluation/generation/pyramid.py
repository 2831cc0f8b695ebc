"""Images taken apart by the size of what they show."""

import numpy as np

# A binomial filter, close to a Gaussian of one pixel.
FILTER = np.array([1.0, 4.0, 6.0, 4.0, 1.0], "float32") / 16.0
# Pixels. At so few a patch is nearly the whole picture, so that patches tell what goes together.
SMALLEST_LEVEL = 7


def laplacian_pyramid(images):
    """What each level of resolution adds to the one below it; the last level is the image, small.

    Args:
        images: float32 `(n, height, width, channels)`.

    Returns:
        List of float32 arrays `(n, height, width, channels)`, each of half the height and width of
        the one before, rounded up; the last is the first whose half would be below 7 pixels.

    Example:

    >>> images = np.full((1, 32, 32, 1), 0.5, "float32")
    >>> levels = laplacian_pyramid(images)
    >>> [level.shape[1] for level in levels], float(np.abs(levels[0]).max())  # nothing but grey
    ([32, 16, 8], 0.0)

    Reference:
        Burt & Adelson, "The Laplacian Pyramid as a Compact Image Code", 1983.
    """
    levels = []
    while min(images.shape[1:3]) >= 2 * SMALLEST_LEVEL:
        half = _smooth(images)[:, ::2, ::2]
        height, width = images.shape[1:3]
        doubled = half.repeat(2, axis=1).repeat(2, axis=2)[:, :height, :width]
        levels.append(images - _smooth(doubled))
        images = half
    return [*levels, images]


def _smooth(images):
    from scipy.ndimage import correlate1d

    for axis in (1, 2):
        images = correlate1d(images, FILTER, axis=axis, mode="mirror")
    return images
