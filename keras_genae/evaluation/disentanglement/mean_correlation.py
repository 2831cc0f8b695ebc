"""The mean correlation coefficient of codes and the sources that made the data."""

import numpy as np


def mean_correlation(codes, sources):
    """How near codes come to known sources, up to their order, sign and scale.

    Each source is given a unit of its own, so that the sum of the absolute correlations is as large
    as can be; the score is their mean. Of codes that are a rotation of independent sources it is
    well below 1: it tells whether units are the sources, not only whether they hold them.

    Args:
        codes: latent vectors `(n, units)`, such as `model.encode(x, label)`.
        sources: array `(n, sources)`, no more of them than units.

    Returns:
        A float in [0, 1]. A unit or source that is constant correlates with nothing.

    Raises:
        ValueError: where the arrays do not fit each other, or are not finite.

    Example:

    >>> import numpy as np
    >>> sources = np.random.default_rng(0).normal(size=(1000, 2))
    >>> round(mean_correlation(-3.0 * sources[:, ::-1], sources), 6)
    1.0
    >>> turned = sources @ [[0.6, -0.8], [0.8, 0.6]]
    >>> round(mean_correlation(turned, sources), 1)
    0.8

    Reference:
        Hyvärinen & Morioka, "Unsupervised Feature Extraction by Time-Contrastive Learning and
        Nonlinear ICA", 2016; Khemakhem et al., "Variational Autoencoders and Nonlinear ICA", 2020.
    """
    from scipy.optimize import linear_sum_assignment

    codes, sources = np.asarray(codes, "float64"), np.asarray(sources, "float64")
    fits = codes.ndim == sources.ndim == 2 and len(codes) == len(sources) >= 2
    if not fits or not 0 < sources.shape[1] <= codes.shape[1]:
        raise ValueError(
            "Codes (n, units) and sources (n, sources) must be of the same examples, at least two, "
            "with no more sources than units. "
            f"Received: codes.shape={codes.shape}, sources.shape={sources.shape}"
        )
    if not (np.isfinite(codes).all() and np.isfinite(sources).all()):
        raise ValueError("Codes and sources must be finite. Received: NaN or infinity")
    correlation = np.abs(standardized(sources).T @ standardized(codes)) / len(codes)
    return float(correlation[linear_sum_assignment(-correlation)].mean())


def standardized(values):
    """Columns of mean 0 and standard deviation 1; of zeros where a column is constant."""
    values = values - values.mean(axis=0)
    # What rounding leaves of a constant is no spread.
    spread = values.std(axis=0)
    is_constant = spread <= 1e-12 * np.abs(values).max(axis=0, initial=0.0) + 1e-300
    return np.where(is_constant, 0.0, values / np.where(is_constant, 1.0, spread))
