"""Pictures with more and less of an attribute."""

import numpy as np

from keras_genae.pixels import as_pixels
from keras_genae.visualization._panels import picture_grid


def plot_edits(strips, amounts, title=None):
    """Draw what editing along attribute directions does: a row a picture, a column an amount.

    Args:
        strips: dict of attribute's name to an array `(rows, k, height, width, channels)`, floats in
            [0, 1] or uint8, as `directions.edit_strip(x, name, amounts)` returns it. The attributes
            are drawn one below the other.
        amounts: k numbers, the heads of the columns.
        title: the figure's title.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where there is no strip, or one has another shape or number of columns.

    Example:

    >>> import numpy as np
    >>> strips = {"smile": np.full((2, 3, 28, 28, 1), 0.5), "age": np.ones((2, 3, 28, 28, 1))}
    >>> figure = plot_edits(strips, [-2, 0, 2])
    >>> [label.get_text() for label in figure.axes[0].get_xticklabels()]
    ['−2', '0', '+2']
    """
    amounts = [float(amount) for amount in amounts]
    shapes = {str(name): np.shape(strip) for name, strip in strips.items()}
    fit = [len(shape) == 5 and shape[1] == len(amounts) for shape in shapes.values()]
    if not shapes or not all(fit) or len({shape[2:] for shape in shapes.values()}) > 1:
        raise ValueError(
            "Argument `strips` must hold arrays of shape (rows, k, height, width, channels), whose "
            "pictures have one size, with k the number of `amounts`. For a single row pass "
            f"`strip[None]`. Received: shapes {shapes}, {len(amounts)} amounts"
        )
    rows = [
        (str(name) if index == 0 else "", as_pixels(row, f"strips[{name!r}]"))
        for name, strip in strips.items()
        for index, row in enumerate(np.asarray(strip))
    ]
    figure, _ = picture_grid(
        np.concatenate([pictures for _, pictures in rows]),
        len(amounts),
        title,
        row_labels=[label for label, _ in rows],
        column_labels=[f"{amount:+g}".replace("-", "−") if amount else "0" for amount in amounts],
        caption="Columns: standard deviations of the latent codes along the direction.",
    )
    return figure
