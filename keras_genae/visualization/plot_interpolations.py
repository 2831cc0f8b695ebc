"""The way from one picture to another through a latent space."""

import numpy as np
from matplotlib.patches import Rectangle

from keras_genae.pixels import as_pixels, gap_between
from keras_genae.visualization._panels import PALETTE, picture_grid


def plot_interpolations(strips, title=None):
    """Draw rows of pictures that lead from one image to another.

    The ends of each row are framed and their columns are named a and b.

    Args:
        strips: array of shape `(rows, steps, height, width, channels)`, floats in [0, 1] or uint8.
            `model.interpolate(a, b, steps)` returns it. At least two steps.
        title: the figure's title.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where `strips` has another rank, fewer than two steps, or holds no pictures.

    Example:

    >>> import numpy as np
    >>> ends = np.random.default_rng(0).random((2, 3, 1, 28, 28, 1))
    >>> share = np.linspace(0.0, 1.0, 8).reshape(1, 8, 1, 1, 1)
    >>> figure = plot_interpolations((1.0 - share) * ends[0] + share * ends[1])
    >>> len(figure.axes[0].patches)  # a frame around both ends of 3 rows
    6
    """
    strips = np.asarray(strips)
    if strips.ndim != 5 or 0 in strips.shape or strips.shape[1] < 2:
        raise ValueError(
            "Argument `strips` must have the shape (rows, steps, height, width, channels) with at "
            "least one row and two steps. For a single row pass `strips[None]`. "
            f"Received: strips.shape={strips.shape}"
        )
    rows, steps = strips.shape[:2]
    pictures = as_pixels(strips.reshape(rows * steps, *strips.shape[2:]), "strips")
    ends = ["a", *[""] * (steps - 2), "b"]
    figure, axes = picture_grid(pictures, steps, title, column_labels=ends)
    for row in range(rows):
        for column in (0, steps - 1):
            axes.add_patch(_frame(pictures, row, column))
    return figure


def _frame(pictures, row, column):
    """A line around one picture of the grid, half in the gap, so that it hides no pixel."""
    gap = gap_between(pictures)
    height, width = pictures.shape[1:3]
    corner = (column * (width + gap) - 0.5, row * (height + gap) - 0.5)
    return Rectangle(
        corner, width, height, fill=False, edgecolor=PALETTE[0], linewidth=1.5, clip_on=False
    )
