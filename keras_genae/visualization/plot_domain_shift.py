"""Whether data are of the kind that a model was trained on, and which of them are oddest."""

import numpy as np

from keras_genae.pixels import as_pixels, gap_between, tile
from keras_genae.visualization._panels import (
    FAINT,
    INK,
    LABEL_SIZE,
    LINE,
    PALETTE,
    SMALL_SIZE,
    TITLE_SIZE,
    line_height,
    new_figure,
    style_axes,
    wrap_text,
    wrap_title,
    write_title,
)

WIDTH = 7.0  # inches, as all lengths
HISTOGRAM_HEIGHT = 2.3
SPACE = 1.4  # for the verdict, the axis and the caption
CAPTION = "Those of the highest distortion, the highest first:"
BINS = 40
# Both tails of the distortion beyond these shares go into the outermost bins.
SHOWN = (0.005, 0.995)


def plot_domain_shift(shift, images, title=None, count=10):
    """Draw the distortion of data beside that of the reference, and the worst of them below.

    Args:
        shift: a `DomainShift`, as `domain_shift(model, images, reference)` returns it.
        images: the data in question, `(n, height, width, channels)`, floats in [0, 1] or uint8.
        title: the figure's title.
        count: how many of the worst images to draw, at most.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where `images` are no pictures, or not those that were tested.

    Example:

    >>> import types
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> shift = types.SimpleNamespace(
    ...     distortion=rng.normal(1.0, 1.0, 50),
    ...     reference_distortion=rng.normal(0.0, 1.0, 50),
    ...     worst=np.arange(50),
    ... )
    >>> figure = plot_domain_shift(shift, rng.random((50, 8, 8, 1)))
    >>> len(figure.axes)
    2
    """
    if len(images) != len(shift.distortion):
        raise ValueError(
            "Argument `images` must hold the images that were tested. "
            f"Received: {len(images)} images, {len(shift.distortion)} tested"
        )
    pictures = as_pixels(np.asarray(images)[shift.worst[:count]], "images")
    gap = gap_between(pictures)
    strip = tile(pictures, count, gap)
    # Fewer pictures than `count` keep the size that a full row of them would have.
    strip_height = strip.shape[0] * (WIDTH - 0.3) / (count * (pictures.shape[2] + gap))
    verdict = wrap_text(str(shift), WIDTH - 1.0, LABEL_SIZE)
    lines = verdict.count("\n") + (2 + wrap_title(title, WIDTH).count("\n") if title else 0)

    height = HISTOGRAM_HEIGHT + strip_height + line_height(TITLE_SIZE) * lines + SPACE
    figure = new_figure(WIDTH, height, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    write_title(figure, title)
    histograms, worst = figure.subplots(2, height_ratios=(HISTOGRAM_HEIGHT, strip_height))
    style_axes(histograms, verdict)
    _draw_histograms(histograms, shift.reference_distortion, shift.distortion)
    worst.imshow(strip)
    worst.set(anchor="W")
    worst.set_axis_off()
    worst.set_title(CAPTION, loc="left", size=SMALL_SIZE, color=FAINT)
    return figure


def _draw_histograms(axes, reference, tested):
    both = np.concatenate([reference, tested])
    low, high = np.quantile(both, SHOWN)
    edges = np.linspace(low, high, BINS + 1)
    for values, label, fill, edge in (
        (reference, f"reference, {len(reference):,}", LINE, FAINT),
        (tested, f"in question, {len(tested):,}", PALETTE[0], PALETTE[0]),
    ):
        shares = np.full(len(values), 1.0 / len(values))
        clipped = np.clip(values, low, high)
        style = {"bins": edges, "weights": shares}
        axes.hist(clipped, color=fill, alpha=0.45, label=label, **style)
        axes.hist(clipped, histtype="step", color=edge, linewidth=1.2, **style)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.3g} %")
    axes.set_xlabel("distortion, nats; tails in the outermost bars", size=LABEL_SIZE, color=INK)
    axes.legend(frameon=False, fontsize=SMALL_SIZE, labelcolor=INK)
