"""The FactorVAE score: which unit stands still when a factor does."""

import numpy as np

from keras_genae.evaluation.disentanglement.factors import check_codes_and_factors, factor_bins

# Votes for each factor, once to learn and once to judge; examples behind a vote.
VOTES = 500
EXAMPLES = 64


def factor_vae_score(codes, factors, seed=0):
    """How surely one can tell which factor was held fixed, from the unit that varies least.

    Of examples that agree in one factor the codes are taken, and of each unit the variance, divided
    by its variance over all examples. The unit that varies least votes. Which factor a unit stands
    for is learnt by majority from 500 votes for each factor, and judged on as many others.

    The paper draws new examples with a factor fixed; here they are drawn, 64 for a vote and with
    replacement, from those given. To agree is to be in the same bin: a factor that is a scale has
    10, of equal counts. The value that is held fixed is a random example's.

    Args:
        codes, factors: as in `factor_information`. Constant units are left out; the paper leaves
            out all dead ones, for which pass `codes[:, active_units(model, x)]`.
        seed: of the draws.

    Returns:
        A float, the share of right answers; chance is 1 / the number of factors.

    Raises:
        ValueError: as `factor_information`.

    Example:

    >>> import numpy as np
    >>> values = np.random.default_rng(0).normal(size=(1000, 2))
    >>> factors = {"size": values[:, 0], "angle": values[:, 1]}
    >>> factor_vae_score(values, factors)
    1.0

    Reference:
        Kim & Mnih, "Disentangling by Factorising", 2018, section 4.
    """
    codes, factors = check_codes_and_factors(codes, factors)
    codes = codes[:, np.ptp(codes, axis=0) > 0.0]
    if not codes.shape[1]:
        return 1.0 / len(factors)  # No unit, no vote: a guess.
    scaled = codes / np.ptp(codes, axis=0)  # Squares of tiny numbers would vanish.
    scaled /= scaled.std(axis=0)
    rng = np.random.default_rng(seed)
    # (factors, 2 · votes): the number of a unit.
    votes = np.array([_votes(scaled, bins, rng) for bins in factor_bins(factors)])
    counts = [np.bincount(row, minlength=codes.shape[1]) for row in votes[:, :VOTES]]
    factor_of_unit = np.argmax(counts, axis=0)
    return float(np.mean(factor_of_unit[votes[:, VOTES:]] == np.arange(len(factors))[:, None]))


def _votes(scaled, bins, rng):
    """The unit that varies least where a factor is fixed, `(2 · VOTES,)`."""
    # Examples of one bin stand side by side.
    order = np.argsort(bins, kind="stable")
    counts = np.bincount(bins)
    starts = np.cumsum(counts) - counts
    fixed = rng.choice(bins, size=2 * VOTES)[:, None]
    places = starts[fixed] + rng.integers(counts[fixed], size=(2 * VOTES, EXAMPLES))
    return np.var(scaled[order[places]], axis=1).argmin(axis=1)
