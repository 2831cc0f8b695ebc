"""All trials of a search at once: what each was made of, and how well it did."""

import math
import numbers
import re

import numpy as np
from matplotlib import colormaps
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap
from matplotlib.ticker import LogLocator, MaxNLocator

from keras_genae.visualization._panels import (
    FAINT,
    INK,
    LABEL_SIZE,
    LINE,
    MARGIN,
    SMALL_SIZE,
    TITLE_SIZE,
    line_height,
    new_figure,
    text_width,
    wrap_title,
    write_title,
)
from keras_genae.visualization.plot_front import spans_decades, tick_text

# Dark is best; the far end, a yellow that is lost on white, is left out.
COLOURS = ListedColormap(colormaps["viridis"](np.linspace(0.0, 0.93, 256)))
OFF = -0.14  # the place, below every axis, of what a condition switched off
LEAST_GAP = 0.07  # between two ticks, of an axis
MOST_VALUES = 6  # of which each gets a tick of its own
LEAST_LOG_RATIO = 4.0  # below it, a logarithmic axis looks like a linear one
AXIS_HEIGHT = 3.4  # inches
LEAST_SPACING = 1.15


def plot_parallel_coordinates(table, color, title=None, direction="min"):
    """Draw an axis for each column, and each trial as a line through its values.

    Lines take the colour of their value in the column `color`, which is the last axis and the key
    to the colours at once. The best are dark and lie on top, the best tenth is bold. Trials without
    that value (failed ones) are thin and grey, and end at "none". Numbers that lie more evenly on a
    logarithmic scale than on a linear one get a logarithmic axis, marked "log". Texts, booleans and
    tuples are categories, in ascending order. `None` stands below the axis, at "off".

    Args:
        table: dict of column name to a list, one value a trial: numbers, or anything else as
            categories; `None` where a condition switched the hyperparameter off. NaN and infinite
            numbers are drawn as `None`.
        color: the name of the column of numbers that colours the lines.
        title: the figure's title.
        direction: `"min"` or `"max"`: which values of `color` are the best.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where the columns differ in length, or `color` is no column with a number.

    Example:

    >>> table = {
    ...     "latent_dim": [8, 16, 64, 32],
    ...     "network": ["conv", "mlp", "conv", "mlp"],
    ...     "kernel_size": [3, None, 4, None],
    ...     "error": [0.030, 0.021, 0.012, 0.025],
    ... }
    >>> figure = plot_parallel_coordinates(table, color="error")
    >>> [text.get_text() for text in figure.axes[0].texts if text.get_gid() == "name"]
    ['latent_dim\\n(log)', 'network', 'kernel_size', 'error']
    """
    columns = _checked_columns(table, color, direction)
    scales = [_scale(values) for values in columns.values()]
    places = np.array([scale["places"] for scale in scales]).T  # (trials, columns)

    figure, axes, spacing = _page(columns, scales, title)
    # From 0, the best, to 1.
    badness = places[:, -1] if direction == "min" else 1.0 - places[:, -1]
    _draw_lines(axes, places, badness)
    for index, (name, scale) in enumerate(zip(columns, scales, strict=True)):
        _draw_axis(axes, index, scale, name == color, direction)
        _write_name(axes, index, name, scale, spacing)
    return figure


def _checked_columns(table, color, direction):
    """The columns as lists, that of the colour last."""
    columns = {str(name): list(values) for name, values in table.items()}
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) != 1 or not min(lengths.values()):
        raise ValueError(
            "Argument `table` must hold columns of one length, one value for each trial. "
            f"Received: {lengths}"
        )
    if color not in columns or not any(_is_finite(value) for value in columns[color]):
        raise ValueError(
            "Argument `color` must name a column of `table` with at least one finite number. "
            f"Received: color={color!r}, columns {', '.join(map(repr, columns))}"
        )
    if direction not in ("min", "max"):
        raise ValueError(
            f"Argument `direction` must be 'min' or 'max'. Received: direction={direction!r}"
        )
    quality = [value if _is_finite(value) else None for value in columns.pop(color)]
    return {**columns, color: quality}


def _is_number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)


def _is_finite(value):
    return _is_number(value) and math.isfinite(value)


def _scale(values):
    """Where the values stand on their axis, from 0 to 1 (`OFF` for none), and its ticks."""
    present = [value for value in values if value is not None]
    if not all(_is_number(value) for value in present):
        return _scale_of_categories(values)
    return _scale_of_numbers([float(value) if _is_finite(value) else None for value in values])


def _scale_of_categories(values):
    names = _in_order({str(value): value for value in values if value is not None})
    heights = np.linspace(0.0, 1.0, len(names)) if len(names) > 1 else [0.5]
    place = dict(zip(names, heights, strict=True))
    places = [OFF if value is None else place[str(value)] for value in values]
    return {"places": places, "ticks": list(place.items()), "is_log": False}


def _in_order(named):
    """The names of values, ascending by value where they compare, such as tuples; else by name."""
    try:
        return sorted(named, key=named.get)
    except TypeError:
        return sorted(named)


def _scale_of_numbers(values):
    present = np.unique([value for value in values if value is not None])
    if not len(present):
        return {"places": [OFF] * len(values), "ticks": [], "is_log": False}
    is_log = _is_even_in_logarithms(present)
    stretch = math.log if is_log else float
    low, high = stretch(present[0]), stretch(present[-1])

    def place(value):
        return (stretch(value) - low) / (high - low) if high > low else 0.5

    return {
        "places": [OFF if value is None else place(value) for value in values],
        "ticks": [(tick_text(tick), place(tick)) for tick in _ticks(present, place, is_log)],
        "is_log": is_log,
    }


def _is_even_in_logarithms(present):
    """Whether different values, ascending, look drawn from a logarithmic range."""
    if spans_decades(present):
        return True
    if present[0] <= 0.0 or present[-1] < LEAST_LOG_RATIO * present[0] or len(present) < 3:
        return False
    return _distance_from_even(np.log(present)) < _distance_from_even(present)


def _distance_from_even(values):
    """The mean distance of ascending values from even steps between their ends, of their range."""
    steps = np.linspace(values[0], values[-1], len(values))
    return np.mean(np.abs(values - steps)) / np.ptp(values)


def _ticks(present, place, is_log):
    """Each value where they are few; else round numbers, or where these are few, the ends too."""
    if len(present) <= MOST_VALUES and _are_apart(present, place):
        return present
    low, high = present[0], present[-1]
    if is_log:
        subs = [1.0] if high >= 1e3 * low else [1.0, 2.0, 5.0]
        ticks = LogLocator(subs=subs, numticks=12).tick_values(low, high)
    else:
        ticks = MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    ticks = [tick for tick in ticks if low <= tick <= high]
    return ticks if len(ticks) > 1 else [low, high]


def _are_apart(values, place):
    return bool(np.all(np.diff([place(value) for value in values]) >= LEAST_GAP))


def _page(columns, scales, title):
    """A figure laid out in inches, and its axes: a unit of x is a column, one of y an axis."""
    widths = [
        max((text_width(text, SMALL_SIZE) for text, _ in s["ticks"]), default=0.0) for s in scales
    ]
    spacing = max(LEAST_SPACING, max(widths) + 0.4)
    left, right = (MARGIN + max(0.5 * spacing, width + 0.25) for width in (widths[0], widths[-1]))
    width = left + spacing * (len(columns) - 1) + right

    most = max(len(scale["ticks"]) for scale in scales)
    height = max(AXIS_HEIGHT, 1.3 * line_height(SMALL_SIZE) * most)
    names = [_name_text(name, scale, spacing) for name, scale in zip(columns, scales, strict=True)]
    lines = max(name.count("\n") + 1 for name in names)
    top = 2 * MARGIN + line_height(LABEL_SIZE) * lines
    if title:
        top += MARGIN + line_height(TITLE_SIZE) * (wrap_title(title, width).count("\n") + 1)
    bottom = 2 * MARGIN - OFF * height
    page = bottom + height + top

    figure = new_figure(width, page)
    write_title(figure, title, y=1.0 - MARGIN / page, va="top")
    axes = figure.add_axes([0.0, 0.0, 1.0, 1.0])
    axes.set_axis_off()
    axes.set_xlim(-left / spacing, len(columns) - 1 + right / spacing)
    axes.set_ylim(-bottom / height, 1.0 + top / height)
    return figure, axes, spacing


def _name_text(name, scale, spacing):
    """The name above an axis, in lines that fit between its neighbours."""
    # Names of hyperparameters have no spaces to break at, but underscores and dots.
    name = "\n".join(_broken(name, spacing - 0.1))
    return f"{name}\n(log)" if scale["is_log"] else name


def _broken(name, room):
    parts = re.findall(r"[^_. ]+[_. ]*|[_. ]+", name)
    lines = [""]
    for part in parts:
        if lines[-1] and text_width(lines[-1] + part.rstrip(), LABEL_SIZE) > room:
            lines.append("")
        lines[-1] += part
    return [line.rstrip(" ") for line in lines]


def _draw_lines(axes, places, badness):
    """The trials, the worst first, so that the best lie on top."""
    has_quality = places[:, -1] != OFF
    order = np.argsort(-badness, kind="stable")
    order = order[has_quality[order]]
    widths = np.full(len(order), 1.2)
    widths[-max(1, len(order) // 10) :] = 2.4
    looks = [
        (np.flatnonzero(~has_quality), {"colors": LINE, "linewidths": 0.8, "gid": "failed"}),
        (order, {"colors": COLOURS(badness[order]), "linewidths": widths, "gid": "trials"}),
    ]
    for chosen, look in looks:
        segments = [list(enumerate(row)) for row in places[chosen]]
        axes.add_collection(LineCollection(segments, alpha=0.85, **look), autolim=False)


def _draw_axis(axes, index, scale, is_key, direction):
    """A vertical line with its ticks; of the key, a strip of the colours instead."""
    if is_key:
        limits = axes.get_xlim(), axes.get_ylim()
        axes.imshow(
            # Row 0 is on top.
            np.linspace(1.0, 0.0, 256)[:: 1 if direction == "min" else -1, None],
            extent=(index, index + 0.07, 0.0, 1.0),
            cmap=COLOURS,
            aspect="auto",
            zorder=3,
        )
        axes.set(xlim=limits[0], ylim=limits[1])
    else:
        axes.plot([index, index], [0.0, 1.0], color=FAINT, linewidth=1.0, zorder=3)
    ticks = list(scale["ticks"])
    if OFF in scale["places"]:
        ticks.append(("none" if is_key else "off", OFF))
    for text, place in ticks:
        axes.text(
            index + (0.11 if is_key else -0.05),
            place,
            text,
            ha="left" if is_key else "right",
            va="center",
            size=SMALL_SIZE,
            color=FAINT if place == OFF else INK,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.8},
            parse_math=False,
            gid="tick",
            zorder=4,
        )
        if not is_key:
            axes.plot(index, place, marker="_", markersize=5, color=FAINT, zorder=4)


def _write_name(axes, index, name, scale, spacing):
    axes.annotate(
        _name_text(name, scale, spacing),
        (index, 1.0),
        xytext=(0, 9),
        textcoords="offset points",
        ha="center",
        va="bottom",
        size=LABEL_SIZE,
        color=INK,
        parse_math=False,
        gid="name",
    )
