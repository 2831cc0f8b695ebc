"""What else changes when one attribute is edited."""

import numpy as np

from keras_genae.visualization._panels import (
    INK,
    LABEL_SIZE,
    SMALL_SIZE,
    new_figure,
    style_axes,
    text_width,
    wrap_text,
    write_title,
)

CELL = 0.46  # inches
# From less to more, both told apart by readers who do not see red and green; white is no effect.
COLOURS = "PuOr_r"
NOTE = (
    "Change of each attribute's predicted score, in its standard deviations, for one unit along a "
    "direction. Zeros beside the diagonal: nothing else moves."
)


def plot_direction_side_effects(directions, title=None):
    """Draw how much moving along each attribute's direction changes every attribute's score.

    Args:
        directions: has `names`, k of them, and `side_effects`, `(k, k)`, as `fit_directions`
            returns them.
        title: the figure's title.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where the matrix is not of that shape.

    Example:

    >>> import types
    >>> effects = [[1.0, 0.2], [0.2, 1.0]]
    >>> directions = types.SimpleNamespace(names=("smile", "age"), side_effects=effects)
    >>> figure = plot_direction_side_effects(directions)
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['smile', 'age']
    """
    names, effects = list(directions.names), np.asarray(directions.side_effects, "float64")
    if effects.shape != (len(names), len(names)) or not names:
        raise ValueError(
            "`directions.side_effects` must have a row and a column for each of its `names`. "
            f"Received: shape {effects.shape}, {len(names)} names"
        )
    label = max(text_width(name, LABEL_SIZE) for name in names)
    side = CELL * len(names)
    figure = new_figure(max(side + label + 0.8, 4.0), side + label + 1.5, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    write_title(figure, title)
    axes = figure.add_subplot()
    style_axes(axes)
    limit = max(1.0, np.abs(effects).max())
    axes.imshow(effects, cmap=COLOURS, vmin=-limit, vmax=limit)
    for (row, column), effect in np.ndenumerate(effects):
        axes.text(
            column,
            row,
            _number(effect),
            ha="center",
            va="center",
            size=SMALL_SIZE,
            color="white" if abs(effect) > 0.6 * limit else INK,
        )
    for axis, rotation in ((axes.xaxis, 90), (axes.yaxis, 0)):
        axis.set_ticks(range(len(names)), names, parse_math=False)
        axis.set_tick_params(length=0, labelsize=LABEL_SIZE, labelrotation=rotation)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("what changes", size=LABEL_SIZE, color=INK)
    axes.set_ylabel("moved along", size=LABEL_SIZE, color=INK)
    note = wrap_text(NOTE, figure.get_figwidth() - 0.4, SMALL_SIZE)
    figure.supxlabel(note, x=0.5, size=SMALL_SIZE, color=INK)
    return figure


def _number(effect):
    """Two digits after the point, without the zero before it: .25, −.03, 1."""
    text = f"{effect:.2f}".replace("-", "−")
    return {"0.00": "0", "−0.00": "0", "1.00": "1"}.get(text, text.replace("0.", ".", 1))
