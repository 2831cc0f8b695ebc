"""What a detector finds odd: how the scores lie, the oddest images, and where they are odd."""

import numpy as np
from matplotlib import colormaps

from keras_genae.pixels import as_pixels, check_whole_number
from keras_genae.visualization._panels import (
    FAINT,
    INK,
    LABEL_SIZE,
    PALETTE,
    SMALL_SIZE,
    new_figure,
    picture_grid,
    style_axes,
    write_title,
)

WIDTH, HEIGHT = 6.4, 3.6  # inches
BINS = 60
# Of all scores; the few beyond are gathered in the last bin, or they alone would be seen.
SHOWN = 0.995
# Heat from 1, the usual error, to this many times as much fades in over the grey image.
HOTTEST = 10.0


def plot_anomaly_scores(normal, anomalous, threshold=None, title=None):
    """Draw the scores of normal data and of anomalies as histograms, with the threshold.

    Args:
        normal: scores of normal data that were not trained on, `(n,)`, higher being odder.
        anomalous: scores of anomalies, `(m,)`.
        threshold: the score above which an example is flagged; the key then says which share of
            either kind is.
        title: the figure's title.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where there are no scores, or some are not finite.

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> figure = plot_anomaly_scores(rng.normal(size=500), rng.normal(3, 1, 200), threshold=1.6)
    >>> figure.axes[0].get_xlabel()
    'anomaly score'
    """
    kinds = {"normal": _checked_scores(normal, "normal")}
    kinds["anomalies"] = _checked_scores(anomalous, "anomalous")
    low = min(scores.min() for scores in kinds.values())
    high = max(np.quantile(scores, SHOWN, method="lower") for scores in kinds.values())
    if threshold is not None:
        low, high = min(low, threshold), max(high, threshold)
    edges = np.linspace(low, high if high > low else low + 1.0, BINS + 1)

    figure = new_figure(WIDTH, HEIGHT, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    write_title(figure, title)
    axes = figure.add_subplot()
    style_axes(axes)
    for (name, scores), color in zip(kinds.items(), (PALETTE[0], PALETTE[1]), strict=True):
        flagged = "" if threshold is None else f", {np.mean(scores > threshold):.1%} flagged"
        axes.hist(
            np.clip(scores, edges[0], edges[-1]),
            edges,
            weights=np.full(len(scores), 100.0 / len(scores)),
            color=color,
            alpha=0.6,
            label=f"{name} ({len(scores):,}{flagged})",
        )
    if threshold is not None:
        axes.axvline(threshold, color=PALETTE[2], linewidth=1.6, label=f"threshold {threshold:.3g}")
    axes.set_xlabel("anomaly score", size=LABEL_SIZE, color=INK)
    axes.set_ylabel("% of its kind", size=LABEL_SIZE, color=INK)
    figure.legend(
        loc="outside lower center", ncols=2, frameon=False, fontsize=SMALL_SIZE, labelcolor=INK
    )
    return figure


def plot_anomalies(images, reconstructions, heat_maps, scores, title=None, count=10):
    """Draw the oddest images, over their reconstructions and over where they are odd.

    Args:
        images: array of shape `(n, height, width, channels)`, floats in [0, 1] or uint8.
        reconstructions: array of the same shape, as `model.reconstruct(images)` returns it.
        heat_maps: `(n, height, width)`, as `detector.heat_map(images)` returns them: 1 is usual.
        scores: `(n,)`, higher being odder; they choose and order the images, and stand above them.
        title: the figure's title.
        count: how many images to draw, at most.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where the arrays are no pictures or do not fit each other.

    Example:

    >>> import numpy as np
    >>> images = np.random.default_rng(0).random((12, 28, 28, 1))
    >>> heat = 20.0 * images[..., 0]
    >>> figure = plot_anomalies(images, images**2, heat, scores=np.arange(12.0), count=3)
    >>> [label.get_text() for label in figure.axes[0].get_xticklabels()]
    ['11', '10', '9']
    """
    check_whole_number("count", count, least=1)
    images, reconstructions = np.asarray(images), np.asarray(reconstructions)
    heat_maps, scores = np.asarray(heat_maps), np.asarray(scores, "float64")
    if not (
        images.shape == reconstructions.shape
        and images.shape[:3] == heat_maps.shape
        and images.shape[:1] == scores.shape
    ):
        raise ValueError(
            "Each image needs a reconstruction of its shape, a heat map of its height and width, "
            f"and a score. Received: images.shape={images.shape}, "
            f"reconstructions.shape={reconstructions.shape}, heat_maps.shape={heat_maps.shape}, "
            f"scores.shape={scores.shape}"
        )
    oddest = np.argsort(-scores, kind="stable")[:count]
    pixels = as_pixels(images[oddest], "images")
    pictures = [
        pixels,
        as_pixels(reconstructions[oddest], "reconstructions"),
        _heated(pixels, heat_maps[oddest]),
    ]
    figure, axes = picture_grid(
        np.concatenate(pictures),
        len(oddest),
        title,
        row_labels=["Image", "Reconstruction", "Where it is odd"],
        column_labels=[f"{scores[index]:.3g}" for index in oddest],
        caption=f"Above: the anomaly score. Yellow to dark red: 2 to {HOTTEST:g} times or more the "
        "usual error of the pixel.",
    )
    axes.tick_params(axis="x", labelcolor=FAINT)
    return figure


def _heated(pixels, heat_maps):
    """The images in pale grey, and over it what is hotter than usual."""
    pale = 140.0 + 0.45 * pixels.mean(axis=-1, keepdims=True)
    heat = np.clip(np.log(np.maximum(heat_maps, 1.0)) / np.log(HOTTEST), 0.0, 1.0)
    colors = 255.0 * colormaps["YlOrRd"](heat)[..., :3]
    opacity = np.clip(2.5 * heat, 0.0, 0.9)[..., None]
    return np.rint((1.0 - opacity) * pale + opacity * colors).astype("uint8")


def _checked_scores(scores, name):
    scores = np.asarray(scores, "float64")
    if scores.ndim != 1 or not scores.size or not np.isfinite(scores).all():
        raise ValueError(
            f"Argument `{name}` must hold finite scores of shape (n,), one at least. "
            f"Received: {name}.shape={scores.shape}"
        )
    return scores
