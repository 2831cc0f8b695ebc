"""Density and coverage of a generative model."""

import numpy as np

from keras_genae.evaluation.generation.feature_checks import as_feature_pair
from keras_genae.evaluation.generation.neighbours import count_in_balls
from keras_genae.networks.checks import check_whole


def density_coverage(real, generated, neighbours=5):
    """How densely real examples surround the generated ones, and which share of them is met.

    Around each real example lies a ball that reaches to its `neighbours`-th nearest real neighbour.
    Density is in how many of these balls a generated example lies, on average, divided by
    `neighbours`; coverage is the share of balls that hold a generated example. Balls around
    generated examples are not drawn, so that neither is misled by a generated outlier.

    Args:
        real, generated: features `(n, features)` and `(m, features)`.
        neighbours: how far the ball around each real example reaches.

    Returns:
        Two floats. Density: 1 where both sets come from one distribution, 0 at worst; more than 1
        where the generated examples crowd where the real ones are densest. Coverage, in [0, 1]:
        where both sets come from one distribution and are of one large size, it is about
        1 − 2^−neighbours, so 0.97 by default.

    Raises:
        ValueError: on arrays of the wrong shape, no more examples than neighbours, or features that
            are not finite.

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> real, good = rng.normal(size=(2, 1000, 2))
    >>> density, coverage = density_coverage(real, good)
    >>> 0.9 < density < 1.1, 0.95 < coverage < 0.99
    (True, True)

    Reference:
        Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models", 2020.
    """
    neighbours = check_whole("neighbours", neighbours)
    real, generated = as_feature_pair(real, generated, least=neighbours + 1)
    balls, is_met = count_in_balls(real, generated, neighbours)
    return float(np.mean(balls) / neighbours), float(np.mean(is_met))
