"""A latent space of two dimensions, seen whole."""

from statistics import NormalDist

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from keras_genae.pixels import as_pixels, check_pictures, check_whole_number, tile
from keras_genae.visualization._panels import (
    FAINT,
    INK,
    LABEL_SIZE,
    LINE,
    PALETTE,
    SMALL_SIZE,
    new_figure,
    style_axes,
    text_width,
    write_title,
)

MARKERS = ["o", "^"]
# As many classes as colours and markers tell apart.
MOST_CLASSES = len(MARKERS) * len(PALETTE)


def plot_latent_map(model, images, labels=None, title=None, steps=20):
    """Draw where the images lie in a two-dimensional latent space, and what the space decodes to.

    Left, the posterior means of the images (the codes, of a plain autoencoder). Right, the pictures
    decoded from a grid of codes: of a model with the prior N(0, I) its quantiles, so that each
    picture stands for an equal share of it; of a plain autoencoder even steps over the range of the
    codes. A dashed line on the left shows the part of the space that the right shows. In both
    `z[0]` grows to the right and `z[1]` upwards.

    Args:
        model: an autoencoder of this package with `latent_dim=2`.
        images: array of shape `(n, height, width, channels)`, in the range the model was trained
            on.
        labels: one value for each image, which colours its point. Texts, booleans and up to 20
            different whole numbers are classes; other numbers are a scale.
        title: the figure's title.
        steps: how many pictures the decoded grid has on each side, at least 2.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where the latent space has another dimension, `images` are no pictures, or
            `labels` do not fit them.

    Example:

    ```python
    model = ConvVAE(input_shape=(28, 28, 1), latent_dim=2)
    ...
    figure = plot_latent_map(model, test_images, labels=test_digits, title="MNIST, ConvVAE")
    figure.savefig("latent_map.png")
    ```
    """
    if model.latent_dim != 2:
        raise ValueError(
            "A latent map needs a latent space of two dimensions. Build the model with "
            "`latent_dim=2`, or use `plot_traversals`, which takes any dimension. "
            f"Received: model.latent_dim={model.latent_dim}"
        )
    check_whole_number("steps", steps, least=2)
    images = check_pictures(images, "images")
    labels = _checked_labels(labels, len(images))
    codes = np.asarray(model.encode(images), "float64")
    grid = _grid_values(model, codes, steps)

    classes = _classes(labels)
    figure = new_figure(9.9 + _key_width(labels, classes), 5.2, layout="compressed")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1, wspace=0.04)
    write_title(figure, title)
    scatter, manifold = figure.subplots(1, 2)
    _draw_points(figure, scatter, codes, labels, classes)
    _mark_region(scatter, grid)
    _draw_manifold(manifold, model, grid)
    return figure


def _checked_labels(labels, count):
    if labels is None:
        return None
    labels = np.asarray(labels)
    if labels.shape not in ((count,), (count, 1)):
        raise ValueError(
            "Argument `labels` must hold one value for each image (class numbers rather than "
            f"one-hot rows). Received: labels.shape={labels.shape} for {count} images"
        )
    return labels.reshape(count)


def _classes(labels):
    """The different labels where they are classes, None where they are a scale or missing."""
    if labels is None:
        return None
    values = np.unique(labels)
    if values.dtype.kind in "biuf":
        whole = np.all(np.isfinite(values)) and np.all(values == np.round(values))
        return values if whole and len(values) <= MOST_CLASSES else None
    if len(values) > MOST_CLASSES:
        raise ValueError(
            f"Argument `labels` has more classes than colours can tell apart ({MOST_CLASSES}). "
            f"Join some of them. Received: {len(values)} different texts"
        )
    return values


def _grid_values(model, codes, steps):
    """The values of z[0] and of z[1] on the grid, ascending: (2, steps)."""
    # A normal prior is N(0, I).
    if hasattr(getattr(model, "prior", None), "kl_per_unit"):
        quantile = NormalDist().inv_cdf
        values = [quantile((step + 0.5) / steps) for step in range(steps)]
        return np.array([values, values])
    return np.linspace(codes.min(axis=0), codes.max(axis=0), steps, axis=1)


def _draw_points(figure, axes, codes, labels, classes):
    style_axes(axes, "Codes of the images")
    _name_axes(axes)
    axes.set_box_aspect(1)
    look = {
        "s": float(np.clip(12000 / len(codes), 5, 30)),
        "alpha": 0.8,
        "linewidths": 0,
        "rasterized": True,  # thousands of points would make a heavy SVG or PDF
    }
    if labels is None:
        axes.scatter(*codes.T, color=PALETTE[0], **look)
    elif classes is None:
        points = axes.scatter(*codes.T, c=labels.astype("float64"), cmap="cividis", **look)
        _add_colourbar(figure, axes, points)
    else:
        _draw_classes(axes, codes, np.searchsorted(classes, labels), look)
        _add_legend(axes, classes)


def _draw_classes(axes, codes, numbers, look):
    # One call for all classes of a marker keeps the data's own order: no class covers the others.
    for group, marker in enumerate(MARKERS):
        chosen = numbers // len(PALETTE) == group
        if chosen.any():
            colours = [PALETTE[number % len(PALETTE)] for number in numbers[chosen]]
            axes.scatter(*codes[chosen].T, c=colours, marker=marker, **look)


def _add_legend(axes, classes):
    handles = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker=MARKERS[index // len(PALETTE)],
            markersize=7,
            markeredgewidth=0,
            color=PALETTE[index % len(PALETTE)],
            label=str(value),
        )
        for index, value in enumerate(classes)
    ]
    axes.legend(
        handles=handles,
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        frameon=False,
        fontsize=SMALL_SIZE,
        labelcolor=INK,
        handletextpad=0.2,
    )


def _key_width(labels, classes):
    """The room that the legend or colourbar takes beside the panels, in inches."""
    if labels is None:
        return 0.0
    if classes is None:
        return 0.6
    return max(text_width(str(value), SMALL_SIZE) for value in classes) + 0.4


def _add_colourbar(figure, axes, points):
    bar = figure.colorbar(points, ax=axes, fraction=0.05, pad=0.03, aspect=30)
    bar.solids.set_alpha(1)
    bar.outline.set_visible(False)
    bar.ax.tick_params(color=LINE, labelcolor=INK, labelsize=SMALL_SIZE, length=3)


def _mark_region(axes, grid):
    """Outline what the manifold shows, on the scatter."""
    low, high = grid[:, 0], grid[:, -1]
    outline = Rectangle(
        low, *(high - low), fill=False, edgecolor=FAINT, linewidth=1.0, linestyle=(0, (4, 3))
    )
    axes.add_patch(outline)


def _draw_manifold(axes, model, grid):
    steps = grid.shape[1]
    # Pictures are laid from the top left, where z[1] is highest.
    z = [(right, up) for up in grid[1][::-1] for right in grid[0]]
    pictures = as_pixels(np.asarray(model.decode(np.array(z, "float32"))), "model.decode(z)")
    style_axes(axes, "What the space decodes to")
    axes.imshow(tile(pictures, steps, gap=0), extent=(-0.5, steps - 0.5, -0.5, steps - 0.5))
    # The pictures keep their own shape, whatever the number of codes.
    axes.set_aspect(pictures.shape[1] / pictures.shape[2])
    for spine in axes.spines.values():
        spine.set_visible(False)
    for axis, values in zip((axes.xaxis, axes.yaxis), grid, strict=True):
        axis.set_ticks(*_round_ticks(values))
    _name_axes(axes)


def _name_axes(axes):
    axes.set_xlabel("z[0]", size=LABEL_SIZE, color=INK)
    axes.set_ylabel("z[1]", size=LABEL_SIZE, color=INK)


def _round_ticks(values):
    """Where round numbers fall among the grid's values, which may be unevenly spaced."""
    ticks = MaxNLocator(nbins=8, steps=[1, 2, 5, 10]).tick_values(values[0], values[-1])
    ticks = ticks[(ticks >= values[0]) & (ticks <= values[-1])]
    places = np.interp(ticks, values, np.arange(len(values)))
    return places, [f"{tick:g}".replace("-", "−") for tick in ticks]
