"""Noisy pictures, what a model makes of them, and what they were."""

from keras_genae.visualization._panels import labelled_rows


def plot_denoising(noisy, denoised, clean, title=None, count=10):
    """Draw noisy images over their denoised and their clean versions.

    Args:
        noisy: array of shape `(n, height, width, channels)`, floats in [0, 1] or uint8. Noise that
            left [0, 1] must be clipped first: what cannot be shown is not hidden silently.
        denoised: array of the same shape, as `model.reconstruct(noisy)` returns it.
        clean: array of the same shape.
        title: the figure's title.
        count: how many images to draw, at most.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where the arrays are no pictures or differ in shape.

    Example:

    >>> import numpy as np
    >>> clean = np.full((4, 28, 28, 1), 0.5)
    >>> noisy = clean + np.random.default_rng(0).uniform(-0.5, 0.5, clean.shape)
    >>> figure = plot_denoising(noisy, clean, clean)
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['Noisy', 'Denoised', 'Clean']
    """
    rows = {
        "noisy": ("Noisy", noisy),
        "denoised": ("Denoised", denoised),
        "clean": ("Clean", clean),
    }
    return labelled_rows(rows, title, count)
