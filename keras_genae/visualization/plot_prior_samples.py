"""Samples from several priors, one below the other."""

from keras_genae.visualization._panels import labelled_rows


def plot_prior_samples(samples, title=None, count=10):
    """Draw a row of samples for each prior.

    Args:
        samples: dict of the row's label to images `(n, height, width, channels)`, floats in [0, 1]
            or uint8, all of one shape.
        title: the figure's title.
        count: how many images of each to draw, at most.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where there are no samples, or the arrays are no pictures or differ in shape.

    Example:

    >>> import numpy as np
    >>> images = np.random.default_rng(0).random((4, 28, 28, 1))
    >>> figure = plot_prior_samples({"real": images, "N(0, I)": 1.0 - images})
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['real', 'N(0, I)']
    """
    if not samples:
        raise ValueError("`samples` must hold the samples of one prior at least. Received: {}")
    rows = {label: (label, images) for label, images in samples.items()}
    return labelled_rows(rows, title, count)
