"""The trade between two objectives: all trials, the best of them, and the one to take."""

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from keras_genae.visualization._panels import (
    FAINT,
    INK,
    LABEL_SIZE,
    LINE,
    PALETTE,
    SMALL_SIZE,
    new_figure,
    style_axes,
    wrap_text,
    write_title,
)

WIDTH, HEIGHT = 6.4, 4.6
PAD = 0.06  # of the range, beside the outermost points
# Of the range, kept free for the note at the recommended point: its ring, and each line.
RING_STRIP, LINE_STRIP = 0.11, 0.065
# A linear axis would press what lies a hundred times lower onto its end.
LOG_RATIO = 100.0
BETTER = {"min": "lower is better", "max": "higher is better"}
SUFFIXES = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]


def plot_front(points, directions, labels, front=None, recommended=None, names=None, title=None):
    """Draw all trials in two objectives, and the line of those that no other trial beats.

    The line is stepped: every place on the worse side of it is beaten by a trial, every place on
    the better side by none. An axis whose values span over two decades is logarithmic.

    Args:
        points: array `(n, 2)`, a row for each trial. Rows with a NaN or an infinite number are not
            drawn; a note counts them.
        directions: `"min"` or `"max"` for each objective.
        labels: a name with its unit for each objective, such as `"parameters"`.
        front: indices of the points on the line; by default those that no other dominates.
        recommended: index of the point to mark, or None.
        names: a name for each point, for the note at the recommended one; by default
            `"trial 0"`, `"trial 1"`, ….
        title: the figure's title.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where the arguments do not fit each other, or no point is finite.

    Example:

    >>> error_and_size = [[0.30, 1e4], [0.10, 8e5], [0.20, 9e5], [0.12, 4e4]]
    >>> labels = ["error", "parameters"]
    >>> figure = plot_front(error_and_size, ["min", "min"], labels, recommended=3)
    >>> figure.axes[0].get_xlabel()
    'error  (lower is better)'
    """
    points = _checked_points(points, directions, labels, names)
    front = _checked_front(points, directions, front)
    recommended = None if recommended is None else _checked_index(recommended, points)

    figure = new_figure(WIDTH, HEIGHT, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    write_title(figure, title)
    axes = figure.add_subplot()
    style_axes(axes)
    finite = points[np.isfinite(points).all(axis=1)]
    _set_scale(axes, "x", finite[:, 0], directions[0], labels[0], better_pad=PAD)
    note, better_pad = None, PAD
    if recommended is not None:
        name = f"trial {recommended}" if names is None else str(names[recommended])
        note = _note(axes, points[recommended], labels, name)
        better_pad = RING_STRIP + LINE_STRIP * (note.count("\n") + 1)
    _set_scale(axes, "y", finite[:, 1], directions[1], labels[1], better_pad)
    _draw_trials(axes, points, front)
    _draw_front(axes, points[front], directions)
    if recommended is not None:
        _mark_recommended(axes, points[recommended], directions, note)
    _add_legend(figure, axes, len(points) - len(finite))
    return figure


def spans_decades(values):
    """Whether positive values span so much that only a logarithmic axis shows them all."""
    return bool(values.min() > 0.0 and values.max() > LOG_RATIO * values.min())


def short_number(value, digits=3):
    """A number in few letters: thousands and millions as k and M, a true minus sign.

    Example:

    >>> [short_number(value) for value in (1234567, 12300.0, 50, 0.0123, -2.5, 0)]
    ['1.23M', '12.3k', '50', '0.0123', '−2.5', '0']
    """
    for size, suffix in SUFFIXES:
        # What rounds to a thousand thousands is a million.
        if float(f"{abs(value):.{digits}g}") >= size:
            return f"{value / size:.{digits}g}{suffix}".replace("-", "−")
    return f"{value:.{digits}g}".replace("-", "−")


def tick_text(value, _position=None):
    """A tick's number, with all the digits that tell it from its neighbours."""
    return short_number(value, digits=6)


def _checked_points(points, directions, labels, names):
    points = np.asarray(points, "float64")
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(
            "Argument `points` must have the shape (n, 2): two objectives for each trial; choose "
            f"two columns where there are more. Received: points.shape={points.shape}"
        )
    if isinstance(directions, str) or [d for d in directions if d in BETTER] != list(directions):
        raise ValueError(
            "Argument `directions` must hold 'min' or 'max' for each objective. "
            f"Received: directions={directions!r}"
        )
    if isinstance(labels, str) or not len(directions) == len(labels) == 2:
        raise ValueError(
            "Arguments `directions` and `labels` must hold one entry for each of the two "
            f"objectives. Received: directions={directions!r}, labels={labels!r}"
        )
    if names is not None and len(names) != len(points):
        raise ValueError(
            "Argument `names` must hold a name for each point. "
            f"Received: {len(names)} names for {len(points)} points"
        )
    if not np.isfinite(points).all(axis=1).any():
        raise ValueError(
            "Argument `points` must hold at least one trial with two finite numbers. "
            f"Received: {len(points)} trials, none of them finite"
        )
    return points


def _checked_front(points, directions, front):
    """The indices along the line, ascending in the first objective."""
    if front is None:
        front = _non_dominated(points, directions)
    front = np.array([_checked_index(index, points) for index in front], int)
    return front[np.argsort(points[front, 0], kind="stable")]


def _checked_index(index, points):
    is_index = isinstance(index, int | np.integer) and 0 <= index < len(points)
    if not is_index or not np.isfinite(points[index]).all():
        raise ValueError(
            "Arguments `front` and `recommended` must be indices of points with finite numbers. "
            f"Received: {index!r} for {len(points)} points"
        )
    return int(index)


def _non_dominated(points, directions):
    """Sweep from the best in the first objective; each that improves the second is on the front."""
    costs = points * [1.0 if direction == "min" else -1.0 for direction in directions]
    front, best = [], np.inf
    for index in np.lexsort(costs.T[::-1]):
        if np.isfinite(costs[index]).all() and costs[index, 1] < best:
            front.append(index)
            best = costs[index, 1]
    return front


def _set_scale(axes, which, values, direction, label, better_pad):
    """Give an axis its scale, ticks and name; its better end stays free by `better_pad`."""
    is_log = spans_decades(values)
    pads = (better_pad, PAD) if direction == "min" else (PAD, better_pad)
    axes.set(
        **{
            f"{which}scale": "log" if is_log else "linear",
            f"{which}lim": _limits(values, is_log, pads),
        }
    )
    axis = getattr(axes, f"{which}axis")
    steps = [1, 2, 2.5, 5, 10]
    axis.set_major_locator(LogLocator(numticks=7) if is_log else MaxNLocator(nbins=6, steps=steps))
    axis.set_major_formatter(FuncFormatter(tick_text))
    axis.set_minor_formatter(NullFormatter())
    axis.set_tick_params(which="minor", color=LINE, width=0.6)
    axis.set_label_text(f"{label}  ({BETTER[direction]})", size=LABEL_SIZE, color=INK)
    axis.label.set_parse_math(False)


def _limits(values, is_log, pads):
    """The range of the values, widened by shares of itself below and above."""
    ends = np.array([values.min(), values.max()])
    ends = np.log10(ends) if is_log else ends
    # A single value stands in the middle of a range of its own size.
    span = np.ptp(ends) or abs(ends[0]) or 1.0
    ends = ends + span * np.array([-pads[0], pads[1]])
    return 10.0**ends if is_log else ends


def _draw_trials(axes, points, front):
    others = np.setdiff1d(np.arange(len(points)), front)
    # Those with a NaN are left out by matplotlib.
    if len(others):
        axes.scatter(
            *points[others].T, s=26, color=PALETTE[3], alpha=0.7, linewidths=0, label="trial"
        )


def _draw_front(axes, line, directions):
    """A stepped line through the front, continued to the worse ends of the axes."""
    # A trial is as good as any that is larger and no better: from a point the line leads in the
    # first objective's worse direction, then turns at the next point's place.
    where = "steps-post" if directions[0] == "min" else "steps-pre"
    worst_x = axes.get_xlim()[directions[0] == "min"]
    worst_y = axes.get_ylim()[directions[1] == "min"]
    if directions[0] == "min":
        ends = [(line[0, 0], worst_y), *line, (worst_x, line[-1, 1])]
    else:
        ends = [(worst_x, line[0, 1]), *line, (line[-1, 0], worst_y)]
    axes.plot(*np.transpose(ends), drawstyle=where, color=PALETTE[0], linewidth=1.6, zorder=2)
    axes.plot(
        *line.T,
        drawstyle=where,
        color=PALETTE[0],
        linewidth=1.6,
        marker="o",
        markersize=6.5,
        markeredgecolor="white",
        markeredgewidth=0.8,
        zorder=3,
        clip_on=False,
        label="not beaten by any",
    )


def _place_across(axes, x):
    """Where a value of the first objective stands on its axis, from 0 to 1."""
    return axes.transAxes.inverted().transform(axes.transData.transform((x, 1.0)))[0]


def _note(axes, point, labels, name):
    """The name and the numbers of a point, in lines that fit beside its place."""
    across = _place_across(axes, point[0])
    room = max(across, 1.0 - across) * (WIDTH - 1.3)
    pairs = zip(labels, point, strict=True)
    numbers = ", ".join(f"{label}: {short_number(value)}" for label, value in pairs)
    return wrap_text(f"{name}\n{numbers}", room, SMALL_SIZE)


def _mark_recommended(axes, point, directions, note):
    """A ring at the point, and its numbers in the strip that the axis keeps free for them.

    The strip lies at the better end of the second objective. Straight between a point of the front
    and the strip there is no other, or it would be the better of the two.
    """
    axes.plot(
        *point,
        linestyle="none",
        marker="o",
        markersize=13,
        markerfacecolor="none",
        markeredgecolor=PALETTE[2],
        markeredgewidth=1.8,
        zorder=4,
        clip_on=False,
        label="recommended",
    )
    across = _place_across(axes, point[0])
    is_left, is_low = across < 0.5, directions[1] == "min"
    axes.annotate(
        note,
        xy=point,
        xytext=(across, 0.03 if is_low else 0.97),
        textcoords="axes fraction",
        ha="left" if is_left else "right",
        va="bottom" if is_low else "top",
        size=SMALL_SIZE,
        color=INK,
        parse_math=False,
        arrowprops={
            "arrowstyle": "-",
            "color": PALETTE[2],
            "linewidth": 0.9,
            "shrinkA": 1,
            "shrinkB": 7,
            "relpos": (0.0 if is_left else 1.0, 1.0 if is_low else 0.0),
        },
        zorder=5,
    )


def _add_legend(figure, axes, dropped):
    """Name the marks below the axes, and say how many trials have no place in them."""
    handles, texts = axes.get_legend_handles_labels()
    legend = figure.legend(
        handles,
        texts,
        loc="outside lower center",
        ncols=3,
        frameon=False,
        fontsize=SMALL_SIZE,
        labelcolor=INK,
        title=f"not drawn for want of a finite number: {dropped} of the trials"
        if dropped
        else None,
        title_fontsize=SMALL_SIZE,
    )
    legend.get_title().set_color(FAINT)
