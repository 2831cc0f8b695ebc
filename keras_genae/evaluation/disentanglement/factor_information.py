"""How much each latent unit tells about each factor of variation."""

import numpy as np

from keras_genae.evaluation.disentanglement.factors import (
    check_codes_and_factors,
    code_bins,
    factor_bins,
)
from keras_genae.evaluation.latent_space.latent_checks import check_values


def factor_information(codes, factors):
    """The mutual information of each unit with each factor, in nats.

    Counted in bins of equal size, 20 for a unit and 10 for a factor that is a scale. Counts of few
    examples see information where there is none: of n examples, a unit and a factor that are
    independent have about 19 · 9 / 2n nats, 0.09 for a thousand.

    Args:
        codes: latent vectors `(n, units)`, such as `model.encode(x)`; at least 100 examples and two
            units. A constant unit tells nothing.
        factors: dict of name to values `(n,)`, as `keras_genae.datasets.draw_faces` returns; at
            least two. Floats are a scale; whole numbers, booleans and texts are classes.

    Returns:
        float64 array `(units, factors)`, in the order of the dict.

    Raises:
        ValueError: where shapes do not fit, numbers are not finite, examples, units or factors are
            too few, or a factor never changes.

    Example:

    >>> import numpy as np
    >>> codes = np.random.default_rng(0).normal(size=(2000, 3))
    >>> factors = {"size": 5.0 * codes[:, 2], "is_left": codes[:, 0] < np.median(codes[:, 0])}
    >>> information = factor_information(codes, factors)
    >>> information.argmax(axis=0).tolist()
    [2, 0]
    >>> bool(np.isclose(information[0, 1], np.log(2.0)))
    True

    Reference:
        Chen et al., "Isolating Sources of Disentanglement in Variational Autoencoders", 2018,
        section 4.
    """
    codes, factors = check_codes_and_factors(codes, factors)
    units, values = code_bins(codes), factor_bins(factors)
    return np.array([[_information(a, b) for b in values] for a in units])


def factor_entropy(factors):
    """The entropy of each factor in nats, with the bins of `factor_information`: its most.

    Args:
        factors: as in `factor_information`.

    Returns:
        float64 array `(factors,)`; 0 of a factor that never changes.

    Raises:
        ValueError: where there are no values, or numbers that are not finite.

    Example:

    >>> import numpy as np
    >>> bool(np.isclose(factor_entropy({"coin": [0, 1, 1, 0]})[0], np.log(2.0)))
    True
    """
    counts = {name: len(values) for name, values in factors.items()}
    if not counts or not all(counts.values()):
        raise ValueError(f"Of no values there is no entropy. Received: counts {counts}")
    checked = {
        name: check_values(f"factors[{name!r}]", values, counts[name])
        for name, values in factors.items()
    }
    return np.array([_entropy(bins) for bins in factor_bins(checked)])


def _information(a, b):
    """I(a; b) = H(a) + H(b) − H(a, b), of bins."""
    pairs = a * (b.max() + 1) + b
    # Rounding may leave it below zero.
    return max(_entropy(a) + _entropy(b) - _entropy(pairs), 0.0)


def _entropy(bins):
    counts = np.bincount(bins)
    shares = counts[counts > 0] / len(bins)
    return float(np.sum(shares * np.log(1.0 / shares)))
