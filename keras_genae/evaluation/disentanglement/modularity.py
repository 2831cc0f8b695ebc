"""Modularity: whether each unit tells one factor alone."""

import numpy as np

from keras_genae.evaluation.disentanglement.factor_information import factor_information


def modularity(codes, factors):
    """Whether each unit tells of one factor alone, whatever the other units tell.

    A unit's best factor is that it has most information on, θ nats. Its deviation is the mean over
    the other factors of information² / θ²; modularity is 1 less that, the mean over units. Two
    units may share a factor. Constant units are left out.

    Args:
        codes, factors: as in `factor_information`. A unit that is almost constant, and tells
            nothing, counts like any other with what information the counts see by chance: of a VAE
            pass `codes[:, active_units(model, x)]`.

    Returns:
        A float in [0, 1]; 0 where no unit tells anything.

    Raises:
        ValueError: as `factor_information`.

    Example:

    >>> import numpy as np
    >>> values = np.random.default_rng(0).integers(0, 4, size=(2000, 2))
    >>> factors = {"shape": values[:, 0], "color": values[:, 1]}
    >>> modularity(np.repeat(values, 3, axis=1), factors) > 0.99
    True

    Reference:
        Ridgeway & Mozer, "Learning Deep Disentangled Embeddings with the F-Statistic Loss", 2018,
        section 2.
    """
    information = factor_information(codes, factors)
    best = information.max(axis=1, keepdims=True)
    told = best[:, 0] > 0.0
    if not told.any():
        return 0.0
    shares = np.square(information[told] / best[told])
    # The best factor itself is 1 in each row.
    deviations = (shares.sum(axis=1) - 1.0) / (information.shape[1] - 1)
    return float(np.mean(1.0 - deviations))
