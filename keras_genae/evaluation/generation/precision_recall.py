"""Precision and recall of a generative model."""

import numpy as np

from keras_genae.evaluation.generation.feature_checks import as_feature_pair
from keras_genae.evaluation.generation.neighbours import count_in_balls
from keras_genae.networks.checks import check_whole


def precision_recall(real, generated, neighbours=3):
    """Which share of the generated examples looks real, and which share of the real ones is met.

    An example counts as within the other set where it is no farther from some example of that set
    than this is from its own `neighbours`-th nearest neighbour. A single outlier among the real
    examples has a large ball, which makes precision generous; `density_coverage` mends that. Both
    depend on the numbers of examples: compare models by equally many.

    Args:
        real, generated: features `(n, features)` and `(m, features)`.
        neighbours: how far the ball around each example reaches.

    Returns:
        Two floats in [0, 1]: precision (quality) and recall (variety).

    Raises:
        ValueError: on arrays of the wrong shape, no more examples than neighbours, or features that
            are not finite.

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> real = rng.normal(size=(1000, 2))
    >>> precision, recall = precision_recall(real, 0.1 * rng.normal(size=(1000, 2)))
    >>> precision > 0.9, recall < 0.1
    (True, True)

    Reference:
        Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models",
        2019.
    """
    neighbours = check_whole("neighbours", neighbours)
    real, generated = as_feature_pair(real, generated, least=neighbours + 1)
    in_real, _ = count_in_balls(real, generated, neighbours)
    in_generated, _ = count_in_balls(generated, real, neighbours)
    return float(np.mean(in_real > 0)), float(np.mean(in_generated > 0))
