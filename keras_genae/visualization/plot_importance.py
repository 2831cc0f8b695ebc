"""Which hyperparameter matters."""

import numbers

import numpy as np

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
    wrap_text,
    write_title,
)

# A group of fewer trials says little about its mean.
TRIALS_PER_GROUP = 5
MOST_GROUPS = 5
LEAST_TRIALS = 3
SHUFFLES = 200
CHANCE_QUANTILE = 0.95
# Below this many trials the figure says that they are few.
FEW_TRIALS = 30


def importance(table, quality):
    """How much of the differences in quality each hyperparameter explains by itself.

    The quality is replaced by its ranks, so that one diverged trial does not decide, and better or
    worse, logarithm or not makes no difference. The trials are grouped by the hyperparameter: by
    its value where it is a category, by equal shares where it is a number of many values, those
    where it was switched off (`None`) apart. Its importance is the share of the ranks' variance
    that lies between the groups, less what chance alone puts there: ε² = 1 − (1 − η²)(n − 1)/(n −
    k) for n trials in k groups, at least 0.

    What it cannot see: hyperparameters that matter only together (an interaction), so the shares
    need not add up to 1; which of two that went together in this search was the cause (the shares
    of both count, as in a Bayesian search that moved both at once); a hump narrower than a group. A
    hyperparameter that a condition switches off carries the importance of the condition, too. With
    few trials, below about thirty, the numbers are rough: `plot_importance` draws what chance
    alone would reach.

    Args:
        table: dict of hyperparameter's name to a list, one value a trial: numbers, or anything else
            as categories; `None` where a condition switched it off.
        quality: a number for each trial. Trials with NaN or `None` are left out; an infinite one
            counts as the best or worst.

    Returns:
        dict of name to a float in [0, 1], the most important first; 0 for what never changed.

    Raises:
        ValueError: where the lengths differ, or fewer than three trials have a quality.

    Example:

    >>> table = {"seed": [1, 2, 1, 2, 1, 2, 1, 2], "network": ["conv"] * 4 + ["mlp"] * 4}
    >>> error = [0.011, 0.012, 0.013, 0.014, 0.021, 0.022, 0.023, 0.024]
    >>> {name: round(share, 2) for name, share in importance(table, error).items()}
    {'network': 0.72, 'seed': 0.0}

    References:
        Kelley, "An Unbiased Correlation Ratio Measure", 1935 (ε²);
        Kruskal & Wallis, "Use of Ranks in One-Criterion Variance Analysis", 1952;
        Hutter et al., "An Efficient Approach for Assessing Hyperparameter Importance", 2014 (the
        variance explained, there by a model that sees interactions).
    """
    groups, ranks = _groups_and_ranks(table, quality)
    shares = {name: float(_explained(group, ranks)) for name, group in groups.items()}
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def plot_importance(table, quality, title=None):
    """Draw a bar for each hyperparameter: how much of the differences in quality it explains.

    A tick on each bar shows what chance reaches: of 200 tables whose qualities were shuffled, 95 of
    100 stay below it. A bar that does not pass its tick is faint. Of twenty hyperparameters without
    any influence about one passes.

    Args:
        table, quality: as in `importance`, which says what the share means and cannot see.
        title: the figure's title.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: as `importance`.

    Example:

    >>> table = {"seed": [1, 2, 1, 2, 1, 2, 1, 2], "network": ["conv"] * 4 + ["mlp"] * 4}
    >>> figure = plot_importance(table, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['network', 'seed']
    """
    shares = importance(table, quality)
    groups, ranks = _groups_and_ranks(table, quality)
    chance = [_chance(groups[name], ranks) for name in shares]

    widest = max(text_width(name, LABEL_SIZE) for name in shares)
    figure = new_figure(4.2 + widest, 1.5 + 0.34 * len(shares), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    write_title(figure, title)
    axes = figure.add_subplot()
    style_axes(axes)
    _draw_bars(axes, shares, chance)
    _write_note(figure, len(ranks))
    return figure


def _groups_and_ranks(table, quality):
    """The number of each trial's group for each name, and the ranks of the trials' quality."""
    quality = np.array([np.nan if value is None else value for value in quality], "float64")
    lengths = {str(name): len(values) for name, values in table.items()}
    if not lengths or any(length != len(quality) for length in lengths.values()):
        raise ValueError(
            "Argument `table` must hold at least one column, with one value for each trial in "
            f"`quality`. Received: columns of {lengths}, {len(quality)} trials"
        )
    kept = np.flatnonzero(~np.isnan(quality))
    if len(kept) < LEAST_TRIALS:
        raise ValueError(
            f"Importance needs at least {LEAST_TRIALS} trials with a quality. "
            f"Received: {len(kept)} of {len(quality)} trials"
        )
    columns = {str(name): [values[index] for index in kept] for name, values in table.items()}
    groups = {name: _grouped(values) for name, values in columns.items()}
    return groups, _ranks(quality[kept])


def _ranks(values):
    """Ranks from 1, equal values sharing the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - 0.5 * (counts - 1.0))[inverse]


def _grouped(values):
    """The number of the group of each value."""
    present = [value for value in values if value is not None]
    most = int(np.clip(len(present) // TRIALS_PER_GROUP, 2, MOST_GROUPS))
    is_scale = all(_is_number(value) for value in present) and len(set(present)) > most
    if is_scale:
        bins = np.ceil(_ranks(np.array(present, "float64")) / len(present) * most)
        shares = iter(bins.astype(int).tolist())
        names = ["off" if value is None else f"share {next(shares)}" for value in values]
    else:
        names = [f"{type(value).__name__} {value}" for value in values]
    return np.unique(names, return_inverse=True)[1]


def _is_number(value):
    is_flag = isinstance(value, bool | np.bool_)
    return isinstance(value, numbers.Real) and not is_flag and np.isfinite(value)


def _explained(groups, ranks):
    """ε², of one set of ranks `(trials,)` or many `(sets, trials)`."""
    count, sizes = ranks.shape[-1], np.bincount(groups)
    spread = np.sum(np.square(ranks - ranks.mean(axis=-1, keepdims=True)), axis=-1)
    # One group has no differences; a group a trial explains everything, and so nothing.
    if len(sizes) in (1, count) or np.all(spread == 0.0):
        return np.zeros(ranks.shape[:-1])
    means = ranks @ np.eye(len(sizes))[groups] / sizes
    centred = means - ranks.mean(axis=-1, keepdims=True)
    between = np.sum(sizes * np.square(centred), axis=-1) / spread
    return np.maximum(1.0 - (1.0 - between) * (count - 1) / (count - len(sizes)), 0.0)


def _chance(groups, ranks):
    """What a hyperparameter without influence, grouped like this, would seldom exceed."""
    rng = np.random.default_rng(0)
    shuffled = rng.permuted(np.tile(ranks, (SHUFFLES, 1)), axis=1)
    return float(np.quantile(_explained(groups, shuffled), CHANCE_QUANTILE))


def _draw_bars(axes, shares, chance):
    places = np.arange(len(shares))
    values = np.array(list(shares.values()))
    colours = [
        PALETTE[0] if value > limit else LINE for value, limit in zip(values, chance, strict=True)
    ]
    axes.barh(places, values, height=0.62, color=colours)
    axes.vlines(chance, places - 0.38, places + 0.38, color=INK, linewidth=1.4)
    for place, value, limit in zip(places, values, chance, strict=True):
        axes.annotate(
            f"{100 * value:.0f} %",
            (max(value, limit), place),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            size=SMALL_SIZE,
            color=INK if value > limit else FAINT,
        )
    axes.set_yticks(places, list(shares), size=LABEL_SIZE, color=INK, parse_math=False)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(shares) - 0.4, -0.6)
    axes.set_xlim(0.0, 1.12 * max(values.max(), *chance, 0.1))
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    axes.set_xlabel("share of the variance of the quality's ranks", size=LABEL_SIZE, color=INK)


def _write_note(figure, trials):
    few = ": few, so the shares are rough" if trials < FEW_TRIALS else ""
    text = f"{trials} trials{few}. Upright tick: what chance alone would seldom exceed (95 %)."
    figure.supxlabel(
        wrap_text(text, figure.get_figwidth() - 0.4, SMALL_SIZE),
        x=0.5,
        size=SMALL_SIZE,
        color=FAINT,
    )
