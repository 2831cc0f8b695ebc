"""The separated attribute predictability score."""

import numpy as np

from keras_genae.evaluation.disentanglement.factors import check_codes_and_factors
from keras_genae.evaluation.latent_space.latent_checks import is_scale


def sap(codes, factors):
    """Whether each factor is predicted by one unit alone: separated attribute predictability.

    Each factor is predicted from each unit by itself. Of a scale the score is R² of linear
    regression, the squared correlation; of classes the balanced accuracy of thresholds on the unit,
    one fewer than classes. The gap is the best unit's score less that of the second; SAP is the
    mean over factors. Scores are of the data that were fitted, which so few numbers do not overfit.

    Args:
        codes, factors: as in `factor_information`, without its bins.

    Returns:
        A float in [0, 1]. At most 1 − 1/K for a factor of K classes, of which chance tells 1/K.

    Raises:
        ValueError: as `factor_information`.

    Example:

    >>> import numpy as np
    >>> values = np.random.default_rng(0).normal(size=(1000, 2))
    >>> factors = {"size": values[:, 0], "angle": values[:, 1]}
    >>> sap(values, factors) > 0.99
    True
    >>> sap(np.repeat(values, 2, axis=1), factors)     # each factor in two units
    0.0

    Reference:
        Kumar et al., "Variational Inference of Disentangled Latent Concepts from Unlabeled
        Observations", 2018, section 3.
    """
    codes, factors = check_codes_and_factors(codes, factors)
    gaps = []
    for values in factors.values():
        score = _squared_correlation if is_scale(values) else _balanced_accuracy
        second, best = np.sort([score(unit, values) for unit in codes.T])[-2:]
        gaps.append(best - second)
    return float(np.mean(gaps))


def _squared_correlation(unit, values):
    unit, values = (np.asarray(a, "float64") - np.mean(a, dtype="float64") for a in (unit, values))
    spread = np.sum(unit**2) * np.sum(values**2)
    return np.sum(unit * values) ** 2 / spread if spread > 0.0 else 0.0


def _balanced_accuracy(unit, values):
    """Thresholds that a small decision tree finds, each class weighing the same."""
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.tree import DecisionTreeClassifier

    classes = len(np.unique(values))
    tree = DecisionTreeClassifier(max_leaf_nodes=classes, class_weight="balanced", random_state=0)
    told = tree.fit(unit[:, None], values).predict(unit[:, None])
    return balanced_accuracy_score(values, told)
