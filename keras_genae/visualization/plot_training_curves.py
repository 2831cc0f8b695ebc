"""How a training went, epoch by epoch."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from keras_genae.visualization._panels import (
    FAINT,
    INK,
    LABEL_SIZE,
    PALETTE,
    SMALL_SIZE,
    new_figure,
    style_axes,
    write_title,
)

VALIDATION = "val_"
# Told apart by hue, and by line style where hue is lost.
LOOKS = {
    "training": {"color": PALETTE[0], "linestyle": "-"},
    "validation": {"color": PALETTE[2], "linestyle": (0, (5, 1.5))},
}


def plot_training_curves(history, title=None):
    """Draw a panel for each quantity of a training, training and validation together.

    The losses come first. Where a loss starts so high that the rest would be flattened, its panel
    cuts the start and says so.

    Args:
        history: what `model.fit` returns, or its `history`: a dict of name to list, one number an
            epoch. `None`, NaN and infinite numbers leave a gap. A list shorter than the others, as
            `fit(validation_freq=5)` makes it, is spread evenly over the epochs.
        title: the figure's title.

    Returns:
        `matplotlib.figure.Figure`. Losses are in nats per example.

    Raises:
        ValueError: where `history` holds no epoch.

    Example:

    >>> figure = plot_training_curves({"loss": [90.0, 70.0], "val_loss": [80.0, 75.0]})
    >>> figure.axes[0].get_ylabel()
    'nats per example'
    """
    values, epochs = _values_and_epochs(history)
    quantities = _quantities(values)
    columns = _columns(len(quantities))
    rows = -(-len(quantities) // columns)

    figure = new_figure(max(5.0, 3.6 * columns), 2.9 * rows + 0.4, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    write_title(figure, title)
    for index, quantity in enumerate(quantities):
        axes = figure.add_subplot(rows, columns, index + 1)
        _draw_quantity(axes, quantity, values, epochs)
    _add_legend(figure)
    return figure


def _values_and_epochs(history):
    """The numbers as arrays, NaN where there is none, and the epochs' numbers from 1."""
    lists = getattr(history, "history", history)
    values = {name: _numbers(numbers) for name, numbers in lists.items() if len(numbers)}
    if not values:
        raise ValueError(
            "Argument `history` must hold at least one epoch: pass what `model.fit` returned. "
            f"Received: history={history}"
        )
    length = max(len(numbers) for numbers in values.values())
    epochs = np.arange(1, length + 1)
    # A training resumed with `initial_epoch` counts on.
    own = getattr(history, "epoch", [])
    return values, np.array(own) + 1 if len(own) == length else epochs


def _numbers(numbers):
    numbers = np.array([np.nan if number is None else number for number in numbers], "float64")
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _quantities(values):
    """The names without `val_`, each once: `loss`, its terms, then all others."""
    names = list(dict.fromkeys(name.removeprefix(VALIDATION) for name in values))
    return sorted(names, key=lambda name: (name != "loss", not _is_loss(name)))


def _is_loss(name):
    return name == "loss" or name.endswith("_loss")


def _columns(panels):
    return 2 if panels in (2, 4) else min(panels, 3)


def _draw_quantity(axes, quantity, values, epochs):
    style_axes(axes, quantity)
    drawn = []
    for label, name in (("training", quantity), ("validation", VALIDATION + quantity)):
        if name in values:
            at = _epochs_of(values[name], epochs)
            drawn.append((at, values[name]))
            _draw_curve(axes, at, values[name], label)
    axes.set_xlabel("epoch", size=SMALL_SIZE, color=FAINT)
    if _is_loss(quantity):
        axes.set_ylabel("nats per example", size=SMALL_SIZE, color=FAINT)
        _cut_start(axes, epochs, drawn)
    axes.set_xlim(*_epoch_limits(epochs))
    axes.xaxis.set_major_locator(
        MaxNLocator(nbins=6, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1)
    )
    if all(np.isnan(numbers).all() for _, numbers in drawn):
        _note(axes, "no finite value")


def _epochs_of(numbers, epochs):
    every = len(epochs) // len(numbers)
    return epochs[every - 1 :: every][: len(numbers)]


def _draw_curve(axes, epochs, numbers, label):
    # A point between two gaps has no line; few points are better seen one by one.
    marker = "o" if len(numbers) <= 12 or np.isnan(numbers).any() else None
    axes.plot(
        epochs, numbers, label=label, linewidth=1.8, marker=marker, markersize=4, **LOOKS[label]
    )


def _epoch_limits(epochs):
    # Less than one epoch, so that a long training has no tick at epoch 0.
    pad = 0.5 if len(epochs) == 1 else min(0.9, 0.03 * (epochs[-1] - epochs[0]))
    return epochs[0] - pad, epochs[-1] + pad


def _cut_start(axes, epochs, drawn):
    """Leave values of the first tenth of the epochs out of the y range where they flatten the rest.

    The rest is flattened where it takes less than a third of the panel's height.
    """
    if len(epochs) < 4:
        return
    head = epochs[: max(1, len(epochs) // 10)]
    rest = _finite(drawn, lambda at: at > head[-1])
    if not rest.size:
        return
    low, span = rest.min(), np.ptp(rest)
    everything = _finite(drawn, lambda at: at >= head[0])
    highest = low + 3.0 * span
    # A constant rest has nothing to read.
    if span == 0.0 or everything.max() <= highest:
        return
    kept = everything[everything <= highest]
    pad = 0.06 * np.ptp(kept)
    axes.set_ylim(kept.min() - pad, kept.max() + pad)
    last = max(epoch for at, numbers in drawn for epoch in at[numbers > highest])
    where = f"epoch {head[0]}" if last == head[0] else f"epochs {head[0]}–{last}"
    _note(axes, f"start cut: {where}, up to {_readable(everything.max())}")


def _readable(number):
    return f"{number:,.0f}" if 1e3 <= number < 1e7 else f"{number:.3g}"


def _finite(drawn, chosen):
    """All finite values of the curves at the chosen epochs."""
    values = np.concatenate([numbers[chosen(at)] for at, numbers in drawn])
    return values[np.isfinite(values)]


def _note(axes, text):
    axes.text(
        0.98,
        0.98,
        text,
        transform=axes.transAxes,
        ha="right",
        va="top",
        size=SMALL_SIZE,
        color=FAINT,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5},
    )


def _add_legend(figure):
    """Name the curves once for all panels, where there is validation."""
    handles = {}
    for axes in figure.axes:
        for line in axes.get_lines():
            handles.setdefault(line.get_label(), line)
    if "validation" in handles:
        figure.legend(
            handles=[handles[label] for label in LOOKS if label in handles],
            loc="outside lower center",
            ncols=2,
            frameon=False,
            fontsize=LABEL_SIZE,
            labelcolor=INK,
        )
