"""Codes and the known factors of variation behind them: checks and bins that the measures share."""

import numpy as np

from keras_genae.evaluation.latent_space.latent_checks import check_labels, check_latents

CODE_BINS = 20
FACTOR_BINS = 10
# Below this, counts in bins are mostly noise.
LEAST_EXAMPLES = 100


def check_codes_and_factors(codes, factors):
    """Codes as a float array, factors as a dict of arrays, or a ValueError that says what is wrong.

    Args:
        codes: latent vectors `(n, units)`, of at least 100 examples and two units. A unit may be
            constant.
        factors: dict of name to values `(n,)`, as `keras_genae.datasets.draw_faces` returns; at
            least two. Floats are a scale; whole numbers, booleans and texts are classes.

    Returns:
        float64 array `(n, units)`, and dict of name to array `(n,)`.
    """
    codes = check_latents("codes", codes)
    if len(codes) < LEAST_EXAMPLES or codes.shape[1] < 2:
        raise ValueError(
            f"Disentanglement is measured on the codes of at least {LEAST_EXAMPLES} examples, some "
            "thousands rather, with at least two units. "
            f"Received: codes of shape {codes.shape}"
        )
    if not isinstance(factors, dict) or len(factors) < 2:
        raise ValueError(
            "`factors` must be a dict of names to values, of at least two factors. "
            f"Received: {list(factors) if isinstance(factors, dict) else type(factors).__name__}"
        )
    checked = {
        name: check_labels(f"factors[{name!r}]", values, len(codes))
        for name, values in factors.items()
    }
    return codes, checked


def as_bins(values, bins):
    """The number of the bin that each value falls into.

    Bins of equal counts, so that it does not matter how a scale is stretched. Equal values share a
    bin, which is the larger for it: a factor that is 0 for most examples has a bin of zeros. Up to
    `bins` different values are a bin each.

    Args:
        values: `(n,)`, numbers or texts. Classes are a bin each however many there are.
        bins: the most bins of a scale.

    Returns:
        int array `(n,)`, from 0 on without a gap.

    Example:

    >>> import numpy as np
    >>> as_bins(np.array([0.0, 0.0, 0.0, 0.0, 0.3, 0.4]), bins=2).tolist()
    [0, 0, 0, 0, 1, 1]
    >>> as_bins(np.array(["b", "a", "b"]), bins=2).tolist()
    [1, 0, 1]
    """
    values = np.asarray(values)
    distinct, numbers = np.unique(values, return_inverse=True)
    if len(distinct) <= bins or values.dtype.kind != "f":
        return numbers
    shares = np.arange(1, bins) / bins
    edges = np.quantile(values, shares, method="inverted_cdf")
    return np.unique(np.searchsorted(edges, values), return_inverse=True)[1]


def code_bins(codes):
    """The bins of codes `(n, units)`, unit by unit: a list of int arrays `(n,)`."""
    return [as_bins(unit, CODE_BINS) for unit in codes.T]


def factor_bins(factors):
    """The bins of a dict of factors: a list of int arrays `(n,)`."""
    return [as_bins(values, FACTOR_BINS) for values in factors.values()]
