"""Which latent unit tells about which factor of variation."""

import numpy as np

from keras_genae.visualization._panels import (
    INK,
    LABEL_SIZE,
    LINE,
    SMALL_SIZE,
    new_figure,
    style_axes,
    text_width,
    write_title,
)

CELL = 0.26  # inches
WIDEST_MATRIX = 7.5
LEAST_SIDE = 2.2  # room for the name of the colour scale


def plot_factor_matrix(matrix, names, title=None, label="mutual information, nats"):
    """Draw a heat map of latent units (columns) and factors (rows).

    The units stand in the order of the factor they tell most about, the one that tells most first,
    and those that tell nothing last; their numbers are below. One dark cell in each row, and at
    most one in each column, is a disentangled representation.

    Args:
        matrix: array `(units, factors)` of numbers of 0 or more, as `factor_information` returns.
        names: the factors' names, in the order of the columns; the dict of factors will do.
        title: the figure's title.
        label: what the numbers are, with their unit.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where `matrix` is none, `names` do not fit it, or a number is negative or not
            finite.

    Example:

    >>> figure = plot_factor_matrix([[0.1, 1.2], [0.9, 0.0], [0.0, 0.0]], ["smile", "glasses"])
    >>> [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    ['1', '0', '2']
    """
    matrix, names = np.asarray(matrix, "float64"), [str(name) for name in names]
    if matrix.ndim != 2 or not matrix.size or len(names) != matrix.shape[1]:
        raise ValueError(
            "Argument `matrix` must have the shape (units, factors), and `names` a name for each "
            f"factor. Received: matrix.shape={matrix.shape}, {len(names)} names"
        )
    if not (np.isfinite(matrix) & (matrix >= 0.0)).all():
        raise ValueError(
            "Argument `matrix` must hold finite numbers of 0 or more. "
            f"Received: from {matrix.min()} to {matrix.max()}"
        )
    most = matrix.max(axis=1)
    # Units that tell nothing come last.
    order = np.lexsort((-most, np.where(most > 0.0, matrix.argmax(axis=1), len(names))))
    width = max(min(CELL * len(matrix), WIDEST_MATRIX), LEAST_SIDE)
    height = max(CELL * len(names), LEAST_SIDE)
    widest = max(text_width(name, SMALL_SIZE) for name in names)

    figure = new_figure(width + widest + 1.3, height + 1.2, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    write_title(figure, title)
    axes = figure.add_subplot()
    style_axes(axes)
    cells = axes.imshow(
        matrix[order].T, cmap="Blues", vmin=0.0, vmax=matrix.max() or 1.0, aspect="auto"
    )
    axes.set_yticks(np.arange(len(names)), names, parse_math=False)
    axes.set_xticks(*_numbers_that_fit(order, width / len(order)))
    axes.tick_params(length=0)
    axes.set_xlabel("latent unit", size=LABEL_SIZE, color=INK)
    _add_colourbar(figure, axes, cells, label)
    return figure


def _numbers_that_fit(order, cell):
    """The places and numbers of as many units as can be read beside each other."""
    room = text_width("0" * len(str(len(order) - 1)), SMALL_SIZE) + 0.06
    step = int(np.ceil(room / cell))
    places = np.arange(0, len(order), step)
    return places, order[places]


def _add_colourbar(figure, axes, cells, label):
    bar = figure.colorbar(cells, ax=axes, fraction=0.06, pad=0.02, aspect=25)
    bar.outline.set_visible(False)
    bar.ax.tick_params(color=LINE, labelcolor=INK, labelsize=SMALL_SIZE, length=3)
    bar.set_label(label, size=LABEL_SIZE, color=INK)
