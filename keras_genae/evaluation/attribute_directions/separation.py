"""How well codes tell an attribute, on examples that were not fitted."""

import numpy as np

FOLDS = 5
# From nearly no ridge to one that leaves next to nothing; cross-validation chooses.
PENALTIES = np.logspace(-2, 4, 7)


def separation(inputs, target, label, seed):
    """AUROC or R² of the scores predicted for each fold from the others, `(FOLDS,)`.

    The AUROC is of one fold at a time: each has a regression of its own, and scores of two do not
    compare. What is left out is on average the other way round from what is fitted, so that scores
    of all folds together would rank labels without any meaning below chance. For the same reason
    each fold has its share of a rare value.
    """
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import KFold, StratifiedKFold

    has_two = is_binary(label)
    folds = (StratifiedKFold if has_two else KFold)(FOLDS, shuffle=True, random_state=seed)
    skills = []
    for train, test in folds.split(inputs, label if has_two else None):
        score = regression().fit(inputs[train], target[train]).predict(inputs[test])
        skills.append(
            roc_auc_score(label[test] == label.max(), score)
            if has_two
            # The variance is that of all labels, 1: a fold may hold a few equal ones.
            else 1.0 - np.mean(np.square(target[test] - score))
        )
    return np.array(skills)


def is_binary(label):
    """Whether an attribute has two values."""
    return len(np.unique(label)) == 2


def regression():
    """Of one attribute, or of several at once, each with the penalty that suits it."""
    from sklearn.linear_model import RidgeCV

    return RidgeCV(PENALTIES, alpha_per_target=True)
