"""Pictures and what a model makes of them."""

from keras_genae.visualization._panels import labelled_rows


def plot_reconstructions(images, reconstructions, title=None, count=10):
    """Draw images over their reconstructions.

    Args:
        images: array of shape `(n, height, width, channels)`, floats in [0, 1] or uint8.
        reconstructions: array of the same shape, as `model.reconstruct(images)` returns it.
        title: the figure's title.
        count: how many images to draw, at most.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where the arrays are no pictures or differ in shape.

    Example:

    >>> import numpy as np
    >>> images = np.random.default_rng(0).random((12, 28, 28, 1))
    >>> figure = plot_reconstructions(images, images**2, title="12 random pictures")
    >>> figure.get_suptitle()
    '12 random pictures'
    """
    rows = {
        "images": ("Original", images),
        "reconstructions": ("Reconstruction", reconstructions),
    }
    return labelled_rows(rows, title, count)
