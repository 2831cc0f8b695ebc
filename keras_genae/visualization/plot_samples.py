"""New pictures, drawn from a model."""

import math

from keras_genae.pixels import as_pixels
from keras_genae.visualization._panels import picture_grid


def plot_samples(images, title=None):
    """Draw images in a grid that is as square as their number and shape allow.

    Args:
        images: array of shape `(n, height, width, channels)`, floats in [0, 1] or uint8, as
            `model.sample(n)` returns it.
        title: the figure's title.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where `images` are no pictures.

    Example:

    >>> import numpy as np
    >>> figure = plot_samples(np.random.default_rng(0).random((16, 28, 28, 1)))
    >>> len(figure.axes)
    1
    """
    pictures = as_pixels(images, "images")
    figure, _ = picture_grid(pictures, _columns(*pictures.shape[:3]), title)
    return figure


def _columns(count, height, width):
    """The number of columns that makes a grid of such pictures as wide as it is high."""
    return min(count, max(1, math.ceil(math.sqrt(count * height / width))))
