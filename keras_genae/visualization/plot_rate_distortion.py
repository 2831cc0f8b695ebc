"""What models pay in nats to tell an example, and what that buys."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from keras_genae.visualization._panels import (
    FAINT,
    INK,
    LABEL_SIZE,
    PALETTE,
    SMALL_SIZE,
    line_height,
    new_figure,
    style_axes,
    text_width,
    write_title,
)

WIDTH, HEIGHT = 6.4, 4.6
LABELS = 1.0  # inches, about, that ticks, labels and legend take from the axes
PAD = 0.12  # of the range, beside the outermost points: room for their names
GAP = 0.06  # inches between a point and its name
# Right or left, above or below: first those that a falling curve leaves free.
SIDES = [(1, 1), (-1, -1), (1, -1), (-1, 1)]


def plot_rate_distortion(points, hull=None, names=None, title=None):
    """Draw the rate and the distortion of models, and the curve of the best of them.

    A dashed line goes through all points of the best ELBO, the smallest rate + distortion.

    Args:
        points: array `(models, 2)` of (rate, distortion) in nats, as `rate_distortion_curve`
            returns it.
        hull: indices of the models on the curve, as `lower_hull(points)` returns them; without
            them no curve is drawn.
        names: a name for each model, such as `"beta 4"`, or None.
        title: the figure's title.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where the arguments do not fit each other, or a point is not finite.

    Example:

    >>> points = [[0.0, 90.0], [10.0, 70.0], [20.0, 30.0], [40.0, 25.0]]
    >>> figure = plot_rate_distortion(points, hull=[0, 2, 3], names=["A", "B", "C", "D"])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['A', 'B', 'C', 'D']
    """
    points = np.asarray(points, "float64")
    if points.ndim != 2 or points.shape[1] != 2 or not len(points) or not np.isfinite(points).all():
        raise ValueError(
            "Argument `points` must have the shape (models, 2), a finite rate and distortion for "
            f"each of at least one model. Received: points.shape={points.shape}"
        )
    if names is not None and len(names) != len(points):
        raise ValueError(
            "Argument `names` must hold a name for each model. "
            f"Received: {len(names)} names for {len(points)} models"
        )
    if hull is not None and not np.isin(hull, np.arange(len(points))).all():
        raise ValueError(
            "Argument `hull` must hold indices of `points`. "
            f"Received: hull={list(hull)} for {len(points)} models"
        )
    figure = new_figure(WIDTH, HEIGHT, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    write_title(figure, title)
    axes = figure.add_subplot()
    style_axes(axes)
    axes.set(xlim=_limits(points[:, 0]), ylim=_limits(points[:, 1]))
    for axis, name in ((axes.xaxis, "rate, nats"), (axes.yaxis, "distortion, nats")):
        axis.set_major_locator(MaxNLocator(nbins=6))
        axis.set_label_text(f"{name}  (lower is better)", size=LABEL_SIZE, color=INK)
    _draw_best_elbo(axes, points)
    _draw_models(axes, points, [] if hull is None else hull)
    if names is not None:
        _write_names(axes, points, names)
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="outside lower center",
        ncols=3,
        frameon=False,
        fontsize=SMALL_SIZE,
        labelcolor=INK,
    )
    return figure


def _limits(values):
    # A single value stands in the middle of a range of its own size.
    span = np.ptp(values) or abs(values[0]) or 1.0
    return values.min() - PAD * span, values.max() + PAD * span


def _draw_models(axes, points, hull):
    curve = points[np.asarray(hull, int)]
    others = np.delete(points, np.asarray(hull, int), axis=0)
    look = {"marker": "o", "markersize": 6.5, "linewidth": 1.6}
    if len(others):
        axes.plot(*others.T, **{**look, "linewidth": 0.0}, color=PALETTE[3], label="model")
    if len(curve):
        ordered = curve[np.argsort(curve[:, 0])]
        axes.plot(*ordered.T, **look, color=PALETTE[0], label="lower convex hull")


def _draw_best_elbo(axes, points):
    """The line rate + distortion = the smallest, within the axes as they are."""
    rate, distortion = points[points.sum(axis=1).argmin()]
    axes.axline(
        (rate, distortion),
        slope=-1.0,
        color=FAINT,
        linewidth=0.9,
        linestyle=(0, (4, 3)),
        label=f"the best ELBO, {-(rate + distortion):.5g} nats".replace("-", "−"),
    )


def _write_names(axes, points, names):
    """A name at each point, on the first side where no other name or point is in its way."""
    places = _inches(axes, points)
    taken = [(place - GAP, place + GAP) for place in places]
    for point, place, name in zip(points, places, map(str, names), strict=True):
        size = np.array([text_width(name, SMALL_SIZE), line_height(SMALL_SIZE)])
        boxes = {side: _box_beside(place, size, side) for side in SIDES}
        free = [side for side, box in boxes.items() if not any(_overlap(box, t) for t in taken)]
        side = (free or SIDES)[0]
        taken.append(boxes[side])
        axes.annotate(
            name,
            point,
            xytext=72.0 * GAP * np.array(side),
            textcoords="offset points",
            ha="left" if side[0] > 0 else "right",
            va="bottom" if side[1] > 0 else "top",
            size=SMALL_SIZE,
            color=INK,
            parse_math=False,
        )


def _inches(axes, points):
    """Where points stand on the paper, counted from the lower left corner of the axes."""
    low, high = np.transpose([axes.get_xlim(), axes.get_ylim()])
    return (points - low) / (high - low) * (WIDTH - LABELS, HEIGHT - LABELS)


def _box_beside(place, size, side):
    """The lower left and the upper right corner of a text of a size beside a place."""
    near = place + GAP * np.array(side)
    far = near + size * side
    return np.minimum(near, far), np.maximum(near, far)


def _overlap(a, b):
    return bool((a[0] < b[1]).all() and (b[0] < a[1]).all())
