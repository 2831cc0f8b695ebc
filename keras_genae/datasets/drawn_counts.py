"""Counts drawn from known groups: a data set like the genes of cells, which needs no download."""

import numpy as np

from keras_genae.datasets.checked_integer import checked_integer

# Directions in which examples of a group differ, and how far middles of groups lie apart in them.
FACTORS = 5
APART = 2.0
# The mean of log n and its standard deviation: from about 400 to 4,000 counts an example.
LOG_TOTAL, TOTAL_SPREAD = 7.1, 0.6


def draw_counts(count, features=100, groups=4, seed=0):
    """Draw counts from a factor model with groups, and the group of each example.

        z ~ N(m_g, I),  shares = softmax(b + W z),  n ~ LogNormal,  x ~ NegativeBinomial(n · shares)

    with five factors z, the middle m_g that of a group, all groups equally probable, and a
    dispersion θ of each feature: the variance is μ + μ²/θ at the mean μ = n · shares. n, the
    library size, has nothing to do with the group. An example depends on `seed` and on its place
    only: a longer draw with the same seed begins with the same examples.

    Args:
        count: number of examples, 1 or more.
        features: entries of each, 1 or more.
        groups: 1 or more.
        seed: integer of 0 or more, which chooses the model and the examples.

    Returns:
        A tuple `(counts, group)`, int32 arrays `(count, features)` and `(count,)`.

    Raises:
        ValueError: where an argument is not one of the values above.

    Example:

    >>> counts, group = draw_counts(200, seed=3)
    >>> counts.shape, int(counts.min()), np.unique(group).tolist()
    ((200, 100), 0, [0, 1, 2, 3])
    """
    count, features = (
        checked_integer(value, name, least=1)
        for name, value in (("count", count), ("features", features))
    )
    groups, seed = (
        checked_integer(groups, "groups", least=1),
        checked_integer(seed, "seed", least=0),
    )
    model, *of_examples = np.random.default_rng(seed).spawn(6)
    middles = APART * model.standard_normal((groups, FACTORS))
    loadings = model.standard_normal((FACTORS, features)) / np.sqrt(FACTORS)
    levels = model.standard_normal(features)
    dispersion = model.gamma(4.0, 0.5, features) + 0.2  # θ, about 2.

    # A generator for each quantity, so that the first examples stay those of a shorter draw.
    for_group, for_factors, for_total, for_rate, for_counts = of_examples
    group = for_group.integers(groups, size=count)
    z = middles[group] + for_factors.standard_normal((count, FACTORS))
    shares = np.exp(levels + z @ loadings)
    shares /= shares.sum(axis=1, keepdims=True)
    total = np.exp(LOG_TOTAL + TOTAL_SPREAD * for_total.standard_normal((count, 1)))
    # A Poisson whose rate is drawn from a gamma distribution is a negative binomial.
    rate = total * shares * for_rate.gamma(dispersion, size=shares.shape) / dispersion
    return for_counts.poisson(rate).astype("int32"), group.astype("int32")
