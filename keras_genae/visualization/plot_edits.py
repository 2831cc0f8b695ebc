"""Pictures with more and less of an attribute."""

import numpy as np

from keras_genae.pixels import as_pixels
from keras_genae.visualization._panels import picture_grid

CAPTION = "Columns: standard deviations of the latent codes along the direction."
OF_BOTH = (
    "Decoded: what the model draws of the edited code. Detail kept: the change of that, added to "
    "the picture itself."
)


def plot_edits(strips, amounts, title=None, with_detail=None):
    """Draw what editing along attribute directions does: a row a picture, a column an amount.

    Args:
        strips: dict of attribute's name to an array `(rows, k, height, width, channels)`, floats in
            [0, 1] or uint8, as `directions.edit_strip(x, name, amounts)` returns it. The attributes
            are drawn one below the other.
        amounts: k numbers, the heads of the columns.
        title: the figure's title.
        with_detail: a dict like `strips`, of the same pictures edited with `keep_detail=True`. Each
            of its rows is drawn below that of the same picture, and both are named.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where there is no strip, one has another shape or number of columns, or those of
            `with_detail` are not of the same attributes and shapes.

    Example:

    >>> import numpy as np
    >>> strips = {"smile": np.full((2, 3, 28, 28, 1), 0.5), "age": np.ones((2, 3, 28, 28, 1))}
    >>> figure = plot_edits(strips, [-2, 0, 2])
    >>> [label.get_text() for label in figure.axes[0].get_xticklabels()]
    ['−2', '0', '+2']
    """
    amounts = [float(amount) for amount in amounts]
    shapes = _shapes(strips)
    fit = [len(shape) == 5 and shape[1] == len(amounts) for shape in shapes.values()]
    if not shapes or not all(fit) or len({shape[2:] for shape in shapes.values()}) > 1:
        raise ValueError(
            "Argument `strips` must hold arrays of shape (rows, k, height, width, channels), whose "
            "pictures have one size, with k the number of `amounts`. For a single row pass "
            f"`strip[None]`. Received: shapes {shapes}, {len(amounts)} amounts"
        )
    if with_detail is not None and _shapes(with_detail) != shapes:
        raise ValueError(
            "Argument `with_detail` must hold the same attributes and shapes as `strips`. "
            f"Received: shapes {_shapes(with_detail)} and {shapes}"
        )
    rows = []
    for name, strip in strips.items():
        for index, row in enumerate(np.asarray(strip)):
            words = [str(name)] if index == 0 else []
            if with_detail is not None:
                words.append("decoded")
            rows.append((": ".join(words), as_pixels(row, f"strips[{name!r}]")))
            if with_detail is not None:
                row = np.asarray(with_detail[name])[index]
                rows.append(("detail kept", as_pixels(row, f"with_detail[{name!r}]")))
    figure, _ = picture_grid(
        np.concatenate([pictures for _, pictures in rows]),
        len(amounts),
        title,
        row_labels=[label for label, _ in rows],
        column_labels=[f"{amount:+g}".replace("-", "−") if amount else "0" for amount in amounts],
        caption=CAPTION if with_detail is None else f"{CAPTION} {OF_BOTH}",
    )
    return figure


def _shapes(strips):
    return {str(name): np.shape(strip) for name, strip in strips.items()}
