"""How many latent units a VAE uses, and how much each of them carries."""

import numpy as np
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from keras_genae.visualization._panels import (
    INK,
    LABEL_SIZE,
    LINE,
    PALETTE,
    SMALL_SIZE,
    new_figure,
    style_axes,
    write_title,
)

WIDTH, HEIGHT = 6.4, 3.6
# As many bars have room for the unit's number.
MOST_NUMBERED = 32


def plot_latent_spectrum(kl, active, title=None):
    """Draw the KL divergence of each unit as a bar, the largest first, active units coloured.

    Args:
        kl: array `(units,)`, the mean KL divergence of each unit from the prior in nats, as
            `kl_per_unit(model, x)` returns it.
        active: booleans `(units,)`, as `active_units(model, x)` returns them.
        title: the figure's title.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where the shapes differ, or a divergence is negative or not finite.

    Example:

    >>> figure = plot_latent_spectrum([0.001, 2.5, 1.5], [False, True, True])
    >>> figure.axes[0].get_title(loc="left")
    '2 of 3 units active, 4 nats in all'
    """
    kl, active = np.asarray(kl, "float64"), np.asarray(active)
    if kl.ndim != 1 or not kl.size or active.shape != kl.shape or active.dtype != bool:
        raise ValueError(
            "Arguments `kl` and `active` must hold a number and a boolean for each unit. "
            f"Received: kl.shape={kl.shape}, active.shape={active.shape} of {active.dtype}"
        )
    if not (np.isfinite(kl) & (kl >= 0.0)).all():
        raise ValueError(
            "Argument `kl` must hold finite divergences of 0 or more. "
            f"Received: from {kl.min()} to {kl.max()}"
        )
    order = np.argsort(-kl, kind="stable")
    figure = new_figure(WIDTH, HEIGHT, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    write_title(figure, title)
    axes = figure.add_subplot()
    style_axes(axes, f"{active.sum()} of {len(kl)} units active, {kl.sum():.3g} nats in all")
    colours = [PALETTE[0] if active[unit] else LINE for unit in order]
    axes.bar(np.arange(len(kl)), kl[order], width=0.8, color=colours)
    axes.set_xlim(-0.7, len(kl) - 0.3)
    axes.set_ylim(0.0, 1.05 * kl.max() or 1.0)
    axes.set_ylabel("KL from the prior, nats", size=LABEL_SIZE, color=INK)
    _name_units(axes, order)
    _add_legend(axes, active)
    return figure


def _name_units(axes, order):
    if len(order) <= MOST_NUMBERED:
        axes.set_xticks(np.arange(len(order)), order)
        axes.tick_params(axis="x", length=0)
        label = "latent unit"
    else:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
        label = "latent units, the largest first"
    axes.set_xlabel(label, size=LABEL_SIZE, color=INK)


def _add_legend(axes, active):
    # The bars descend, so that the upper right is free.
    names = {"active": (PALETTE[0], active.any()), "dead": (LINE, not active.all())}
    handles = [Patch(color=c, label=name) for name, (c, is_shown) in names.items() if is_shown]
    axes.legend(
        handles=handles, loc="upper right", frameon=False, fontsize=SMALL_SIZE, labelcolor=INK
    )
