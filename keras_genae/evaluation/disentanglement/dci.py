"""Disentanglement, completeness and informativeness."""

import numpy as np

from keras_genae.evaluation.disentanglement.factors import check_codes_and_factors
from keras_genae.evaluation.latent_space.latent_checks import is_scale

TREES = 30
# Smaller leaves fit what no unit tells, and spread importance over all of them.
LEAST_IN_LEAF = 10
# More examples change the scores little, and take long.
MOST_EXAMPLES = 10_000


def dci(codes, factors, seed=0):
    """Three sides of a representation, by how important each unit is to predict each factor.

    A random forest, one of the two predictors of the paper, predicts each factor from all units,
    fitted on one half of the examples. A column of importances is one factor's, a row one unit's;
    each is divided by its sum, and its entropy taken to the base of its length.

    - disentanglement: 1 − entropy of a row: whether a unit serves one factor. The mean over units,
      weighted by their importance, so that dead units do not count.
    - completeness: 1 − entropy of a column: whether a factor is served by one unit. The mean over
      factors.
    - informativeness: how well the factors are predicted on the other half: 1 − error / error of
      the best constant guess, at least 0. The error is the squared error of a scale (so this is
      R²), the share of wrong answers of classes. The mean over factors.

    A factor that no unit tells has importances too, of noise: read the first two with the third.
    Of more than 10,000 examples, 10,000 are drawn.

    Args:
        codes, factors: as in `factor_information`, without its bins.
        seed: of the halves and of the forests.

    Returns:
        dict of `"disentanglement"`, `"completeness"`, `"informativeness"` to a float in [0, 1].

    Raises:
        ValueError: as `factor_information`.

    Example:

    >>> import numpy as np
    >>> values = np.random.default_rng(0).normal(size=(1000, 2))
    >>> factors = {"size": values[:, 0], "angle": values[:, 1]}
    >>> scores = dci(values, factors)
    >>> all(score > 0.95 for score in scores.values())
    True

    Reference:
        Eastwood & Williams, "A Framework for the Quantitative Evaluation of Disentangled
        Representations", 2018.
    """
    codes, factors = check_codes_and_factors(codes, factors)
    order = np.random.default_rng(seed).permutation(len(codes))[:MOST_EXAMPLES]
    halves = order[::2], order[1::2]
    columns, skills = zip(
        *(_importance_and_skill(codes, v, halves, seed) for v in factors.values()), strict=True
    )
    importance = np.stack(columns, axis=1)  # (units, factors)
    weights = importance.sum(axis=1)
    used = weights > 0.0
    return {
        "disentanglement": _average(1.0 - _relative_entropy(importance[used]), weights[used]),
        "completeness": float(np.mean(1.0 - _relative_entropy(importance.T))),
        "informativeness": float(np.mean(skills)),
    }


def _importance_and_skill(codes, values, halves, seed):
    """How important each unit is to predict a factor, `(units,)`, and how well it is predicted."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    options = {
        "n_estimators": TREES,
        "min_samples_leaf": LEAST_IN_LEAF,
        # All units at each split, so that none is important for want of a better one.
        "max_features": None,
        "random_state": seed,
        "n_jobs": -1,
    }
    train, test = halves
    forest_class = RandomForestRegressor if is_scale(values) else RandomForestClassifier
    forest = forest_class(**options).fit(codes[train], values[train])
    return forest.feature_importances_, _skill(values[test], forest.predict(codes[test]))


def _skill(values, predicted):
    """1 − error / error of the best constant guess, at least 0."""
    if is_scale(values):
        error, constant = np.mean(np.square(values - predicted)), np.var(values)
    else:
        _, counts = np.unique(values, return_counts=True)
        error, constant = np.mean(values != predicted), 1.0 - counts.max() / len(values)
    # A rare class may be absent from a half.
    return max(1.0 - error / constant, 0.0) if constant > 0.0 else 0.0


def _relative_entropy(rows):
    """The entropy of each row as a share of the largest possible; of rows of zeros, 1."""
    total = rows.sum(axis=1, keepdims=True)
    shares = np.where(total > 0.0, rows / np.where(total > 0.0, total, 1.0), 1.0 / rows.shape[1])
    logarithms = np.log(shares, where=shares > 0.0, out=np.zeros_like(shares))
    return -np.sum(shares * logarithms, axis=1) / np.log(rows.shape[1])


def _average(values, weights):
    return float(np.average(values, weights=weights)) if len(values) else 0.0
