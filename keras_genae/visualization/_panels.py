"""What the figures share: ink, sizes, the title, a grid of pictures with labelled rows.

Every look is set on the objects themselves. Matplotlib's `rc_context` changes the settings of the
whole process while it is open, so that two threads that draw would leave them changed for good.
"""

import textwrap

import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from keras_genae.pixels import as_pixels, check_whole_number, gap_between, tile

INK = "#262626"
FAINT = "#6f6f6f"
LINE = "#b9b9b9"
# Petroff (2021), "Accessible Color Sequences for Data Visualization": told apart by readers with
# any of the common colour-vision deficiencies.
PALETTE = [
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
]  # fmt: skip

TITLE_SIZE = 12  # points, as all font sizes
LABEL_SIZE = 10
SMALL_SIZE = 9

MARGIN = 0.12  # inches, as all lengths
WIDEST_GRID = 9.0
LARGEST_PICTURE = 1.3
LEAST_HEIGHT = 0.22  # of a picture, so that two row labels never touch
LEAST_WIDTH_OF_TEXT = 3.2


def new_figure(width, height, layout=None):
    """A white figure of its own, unknown to pyplot, so that dropping it frees it."""
    return Figure(figsize=(width, height), layout=layout, facecolor="white", edgecolor="white")


def text_width(text, size):
    """The width of one line, in inches."""
    font = FontProperties(size=size)
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] / 72.0


def line_height(size):
    """The height of a line with its leading, in inches."""
    return 1.3 * size / 72.0


def wrap_text(text, width, size):
    """Break `text` into lines no wider than `width` inches; line breaks of its own stay."""
    return "\n".join(_wrap_line(line, width, size) for line in text.split("\n"))


def _wrap_line(line, width, size):
    letters = len(line)
    wrapped = line
    while letters > 1 and any(text_width(part, size) > width for part in wrapped.split("\n")):
        letters -= 1
        wrapped = textwrap.fill(line, letters)
    return wrapped


def wrap_title(title, width):
    """Break a figure's title into lines that fit in a figure `width` inches wide."""
    # Rendered letters are up to 2.5 % wider than their outlines say.
    return wrap_text(title, 0.96 * (width - 2 * MARGIN), TITLE_SIZE)


def write_title(figure, title, **position):
    """Put the title at the top left, in as many lines as it needs."""
    if not title:
        return
    width = figure.get_figwidth()
    # A title often is a file's or a data set's name, in which a dollar is a dollar.
    figure.suptitle(
        wrap_title(title, width),
        x=MARGIN / width,
        ha="left",
        size=TITLE_SIZE,
        color=INK,
        parse_math=False,
        **position,
    )


def style_axes(axes, name=None):
    """Give a panel with a scale the common look: two faint spines, small ticks, its name."""
    axes.set_facecolor("white")
    axes.grid(visible=False)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(LINE)
        spine.set_linewidth(0.8)
    axes.tick_params(color=LINE, labelcolor=INK, labelsize=SMALL_SIZE, width=0.8, length=3)
    for axis in (axes.xaxis, axes.yaxis):
        axis.get_offset_text().set(color=INK, size=SMALL_SIZE)
    if name:
        axes.set_title(name, loc="left", size=LABEL_SIZE, color=INK, pad=8)


def labelled_rows(rows, title, count):
    """A figure with a row of pictures for each entry of `rows`, the n-th of each in one column.

    Args:
        rows: dict of argument's name to (label, images). All images have one shape.
        title: the figure's title, or None.
        count: the most columns.
    """
    check_whole_number("count", count, least=1)
    shapes = {name: np.shape(images) for name, (_, images) in rows.items()}
    if len(set(shapes.values())) > 1:
        received = ", ".join(f"{name}.shape={shape}" for name, shape in shapes.items())
        raise ValueError(
            f"Arguments {', '.join(f'`{name}`' for name in shapes)} must have the same shape: the "
            f"n-th pictures belong together. Received: {received}"
        )
    pixels = [as_pixels(images[:count], name) for name, (_, images) in rows.items()]
    labels = [label for label, _ in rows.values()]
    figure, _ = picture_grid(np.concatenate(pixels), len(pixels[0]), title, row_labels=labels)
    return figure


def picture_grid(pictures, columns, title=None, row_labels=None, column_labels=None, caption=None):
    """A figure with one grid of pictures, laid out in inches so that nothing is cut or stretched.

    Args:
        pictures: uint8 of shape (n, height, width, 3), row by row.
        columns: how many pictures make a row.
        title: the figure's title, or None.
        row_labels: texts at the left of the rows, or None.
        column_labels: texts above the columns, or None. Where they do not fit beside each other
            only those at the ends (and the middle one) are shown.
        caption: a text below the grid, or None.

    Returns:
        The figure, and its axes, whose data units are pixels.
    """
    gap = gap_between(pictures)
    canvas = tile(pictures, columns, gap)
    rows = -(-len(pictures) // columns)
    inch = _inches_per_pixel(pictures.shape[1:3], rows, columns)
    grid_height, grid_width = canvas.shape[0] * inch, canvas.shape[1] * inch

    left = MARGIN
    if row_labels:
        left += max(text_width(label, LABEL_SIZE) for label in row_labels) + MARGIN
    width = left + grid_width + MARGIN
    if title or caption:
        width = max(width, LEAST_WIDTH_OF_TEXT)
    caption = wrap_text(caption, width - left - MARGIN, SMALL_SIZE) if caption else None

    bottom = MARGIN + (_text_height(caption, SMALL_SIZE) + 0.5 * MARGIN if caption else 0.0)
    top = MARGIN + (line_height(SMALL_SIZE) if column_labels else 0.0)
    if title:
        top += _text_height(wrap_title(title, width), TITLE_SIZE) + 0.5 * MARGIN
    height = bottom + grid_height + top

    figure = new_figure(width, height)
    write_title(figure, title, y=1.0 - MARGIN / height, va="top")
    if caption:
        figure.text(
            left / width, MARGIN / height, caption, va="bottom", size=SMALL_SIZE, color=FAINT
        )
    axes = figure.add_axes(
        [left / width, bottom / height, grid_width / width, grid_height / height]
    )
    axes.imshow(canvas)
    _hide_frame(axes)
    _label_cells(axes.yaxis, pictures.shape[1], gap, row_labels, LABEL_SIZE)
    if column_labels:
        axes.xaxis.tick_top()
        shown = _labels_that_fit(column_labels, (pictures.shape[2] + gap) * inch)
        _label_cells(axes.xaxis, pictures.shape[2], gap, shown, SMALL_SIZE)
    return figure, axes


def _inches_per_pixel(size, rows, columns):
    """The scale at which a grid fits on a page, and its pictures can still be told apart."""
    height, width = size
    inch = min(
        LARGEST_PICTURE / max(height, width),
        WIDEST_GRID / (columns * width),
        WIDEST_GRID / (rows * height),
    )
    return max(inch, LEAST_HEIGHT / height)


def _text_height(text, size):
    return line_height(size) * (text.count("\n") + 1)


def _hide_frame(axes):
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])


def _label_cells(axis, length, gap, labels, size):
    """Write a label at the middle of each row or column of pictures `length` pixels long."""
    if not labels:
        return
    middles = [index * (length + gap) + (length - 1) / 2 for index in range(len(labels))]
    axis.set_ticks(middles, labels)
    axis.set_tick_params(length=0, pad=4, labelsize=size, labelcolor=INK)


def _labels_that_fit(labels, room):
    """All labels, or where these would touch, those at the ends and in the middle alone."""
    if all(text_width(label, SMALL_SIZE) < 0.9 * room for label in labels):
        return labels
    last = len(labels) - 1
    kept = {0, last} if last % 2 else {0, last // 2, last}
    return [label if index in kept else "" for index, label in enumerate(labels)]
