"""How well sparse dictionaries reconstruct, by how many features they fire."""

import numpy as np

from keras_genae.visualization._panels import (
    INK,
    LABEL_SIZE,
    PALETTE,
    SMALL_SIZE,
    new_figure,
    style_axes,
    write_title,
)

WIDTH, HEIGHT = 6.4, 4.6


def plot_sparsity_frontier(frontiers, title=None):
    """Draw, for several models, the error against the features that fire: a line a model.

    Args:
        frontiers: dict of model's name to an array `(settings, 2)` of (l0, share of the variance
            that is not explained), both above 0.
        title: the figure's title.

    Returns:
        `matplotlib.figure.Figure`, with logarithmic axes.

    Raises:
        ValueError: where there is no model, or an array has another shape or numbers.

    Example:

    >>> figure = plot_sparsity_frontier({"TopKSAE": [[4.0, 0.2], [8.0, 0.1]]})
    >>> [line.get_label() for line in figure.axes[0].get_lines()]
    ['TopKSAE']
    """
    frontiers = {str(name): np.asarray(points, "float64") for name, points in frontiers.items()}
    for name, points in frontiers.items():
        if points.ndim != 2 or points.shape[1] != 2 or not (points > 0).all():
            raise ValueError(
                "Each of `frontiers` must have the shape (settings, 2), of numbers above 0. "
                f"Received: frontiers[{name!r}] of shape {points.shape}"
            )
    if not frontiers:
        raise ValueError("There is nothing to draw. Received: frontiers={}")
    figure = new_figure(WIDTH, HEIGHT, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    write_title(figure, title)
    axes = figure.add_subplot()
    style_axes(axes)
    axes.set(xscale="log", yscale="log")
    for (name, points), color in zip(frontiers.items(), PALETTE * len(frontiers), strict=False):
        ordered = points[np.argsort(points[:, 0])]
        axes.plot(*ordered.T, color=color, marker="o", markersize=5, linewidth=1.4, label=name)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(lambda x, _: f"{x:g}" if f"{x:.0e}"[0] in "25" else "")
    axes.tick_params(which="minor", labelsize=SMALL_SIZE, labelcolor=INK, length=0)
    axes.set_xlabel("features that fire, mean (L0)", size=LABEL_SIZE, color=INK)
    axes.set_ylabel("variance not explained, share", size=LABEL_SIZE, color=INK)
    figure.legend(
        loc="outside lower center", ncols=3, frameon=False, fontsize=SMALL_SIZE, labelcolor=INK
    )
    return figure
