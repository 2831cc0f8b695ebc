"""Whether a classifier can tell generated examples from real ones."""

import numpy as np

from keras_genae.evaluation.generation.feature_checks import as_feature_pair

# The covariances are estimated from few examples: they are drawn this far towards independence.
SHRINKAGE = 0.1
FOLDS = 5
# Of more features so many principal components are looked at.
MOST_FEATURES = 128


def classifier_separation(real, generated, seed=0):
    """How far apart a classifier puts real and generated examples that it was not fitted to.

    A classifier two-sample test. The classifier is quadratic: it fits a normal distribution to the
    features of each kind and scores an example by the log of their ratio. It is fitted to four
    fifths of both sets and scores the others, five times; of fewer than ten examples by less.

    The separation is the difference of the mean scores of both kinds, in standard deviations of the
    scores (d′ of signal detection). Where the scores are normal, 1 means an AUROC of .76, 2 of .92
    and 3 of .98. An accuracy or the AUROC itself ends at 1 and then cannot tell bad from worse, and
    is nearly 1 for samples that only lack variety.

    It does not see copies of real images. Few images repeated it knows again.

    Args:
        real, generated: features `(n, features)` and `(m, features)`, of at least 4 examples each.
            They are standardised by the real ones; of more than 128 the principal components are
            taken.
        seed: of the fifths.

    Returns:
        A float: 0 where a classifier can only guess; it may come out a little below.

    Raises:
        ValueError: on arrays of the wrong shape, fewer than four examples, features that are not
            finite, or two different sets of equal examples, which are infinitely far apart.

    Example:

    >>> import numpy as np
    >>> real, good = np.random.default_rng(0).normal(size=(2, 1000, 4))
    >>> abs(classifier_separation(real, good)) < 0.2 < 1.0 < classifier_separation(real, 3.0 * good)
    True

    References:
        Lopez-Paz & Oquab, "Revisiting Classifier Two-Sample Tests", 2017;
        Friedman, "Regularized Discriminant Analysis", 1989.
    """
    real, generated = as_feature_pair(real, generated, least=4)
    return separation_in_order(*shuffled(real, generated, seed))


def shuffled(real, generated, seed):
    """Both sets in a random order."""
    rng = np.random.default_rng(seed)
    return tuple(x[rng.permutation(len(x))] for x in (real, generated))


def separation_in_order(real, generated):
    """The separation of sets in random order: a fold is what stands together.

    So a set that lacks a few examples has nearly the same folds, and differs by those examples
    alone, which a jackknife counts on.
    """
    count = min(FOLDS, min(len(real), len(generated)) // 2)
    folds = [np.arange(len(x)) * count // len(x) for x in (real, generated)]
    separations = [
        _separation(
            *(x[fold != i] for x, fold in zip((real, generated), folds, strict=True)),
            *(x[fold == i] for x, fold in zip((real, generated), folds, strict=True)),
        )
        for i in range(count)
    ]
    return float(np.mean(separations))


def _separation(real, generated, held_out_real, held_out_generated):
    standardise = _standardiser(real, generated)
    of_real, of_generated = (_log_density(standardise(x)) for x in (real, generated))
    scores = []
    for x in (held_out_real, held_out_generated):
        x = standardise(x)
        scores.append(of_real(x) - of_generated(x))
    difference = scores[0].mean() - scores[1].mean()
    deviation = np.sqrt(0.5 * (scores[0].var() + scores[1].var()))
    if deviation == 0.0 and difference != 0.0:
        raise ValueError(
            "The separation of two sets is infinite where the examples of each are all equal. "
            f"Received: {len(real)} and {len(generated)} examples to fit the classifier to"
        )
    return difference / deviation if deviation else 0.0


def _standardiser(real, generated):
    """A function to features whose deviation among the real examples is 1."""
    middle, scale = real.mean(axis=0), real.std(axis=0)
    # What the real examples have in common may still be what tells the others.
    scale = np.where(scale > 0.0, scale, generated.std(axis=0))
    scale = np.where(scale > 0.0, scale, 1.0)
    if real.shape[1] <= MOST_FEATURES:
        return lambda x: (x - middle) / scale
    _, _, vectors = np.linalg.svd((real - middle) / scale, full_matrices=False)
    return lambda x: (x - middle) / scale @ vectors[:MOST_FEATURES].T


def _log_density(x):
    """The log density, less a constant, of a normal distribution fitted to rows."""
    mean = x.mean(axis=0)
    covariance = (1.0 - SHRINKAGE) * np.atleast_2d(np.cov(x, rowvar=False))
    covariance += SHRINKAGE * np.eye(len(mean))
    root = np.linalg.cholesky(np.linalg.inv(covariance))
    log_scale = np.log(np.diag(root)).sum()
    return lambda y: log_scale - 0.5 * np.sum(np.square((y - mean) @ root), axis=1)
