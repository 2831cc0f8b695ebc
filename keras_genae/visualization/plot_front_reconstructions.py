"""What the models of a front make of the same pictures."""

import numpy as np

from keras_genae.visualization._panels import labelled_rows


def plot_front_reconstructions(images, rows, labels, title=None, count=10):
    """Draw images on top, and below them the reconstructions of each model, a row a model.

    Args:
        images: array of shape `(n, height, width, channels)`, floats in [0, 1] or uint8.
        rows: for each model an array of the same shape, as `model.reconstruct(images)` returns it;
            from the smallest model to the largest, so that the eye follows what size buys.
        labels: a short text for each row, such as `"12k parameters, 8 latents, MSE 0.011"`.
        title: the figure's title.
        count: how many images to draw, at most.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where there is no row, the arrays are no pictures, or the arguments do not fit
            each other.

    Example:

    >>> import numpy as np
    >>> images = np.random.default_rng(0).random((4, 28, 28, 1))
    >>> rows = [0.5 * images + 0.25, 0.9 * images]
    >>> figure = plot_front_reconstructions(images, rows, ["2k parameters", "9k parameters"])
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['Original', '2k parameters', '9k parameters']
    """
    if isinstance(labels, str) or len(rows) != len(labels) or not len(rows):
        raise ValueError(
            "Arguments `rows` and `labels` must hold one entry for each model, at least one. "
            f"Received: {len(rows)} rows, labels={labels!r}"
        )
    named = {"images": ("Original", np.asarray(images))}
    for index, (row, label) in enumerate(zip(rows, labels, strict=True)):
        named[f"rows[{index}]"] = (str(label), np.asarray(row))
    return labelled_rows(named, title, count)
