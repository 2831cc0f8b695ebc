"""Whether neighbours in the latent space are neighbours in the data."""

import numpy as np

from keras_genae.evaluation.distances import distinct_rows, squared_distances
from keras_genae.evaluation.latent_space.flat import flat_rows
from keras_genae.evaluation.latent_space.latent_checks import check_latents

# All pairs are compared: time and memory grow with the square.
MOST_EXAMPLES = 2000


def latent_trustworthiness(x, z, neighbours=5, seed=0):
    """How far the nearest latent vectors belong to the nearest examples: at most 1.

    A latent vector's neighbour costs by how far down it is in the ranks of the example's own
    neighbours, by Euclidean distance. Codes that have nothing to do with the examples are at about
    ½. Examples that are equally far share the best of their ranks; of latent vectors that are
    equally far, and not all among the nearest, each counts as probably as it is one of them. Of
    more than 2000 examples, 2000 are drawn.

    Args:
        x: examples `(n, ...)`. Bytes become [0, 1].
        z: their latent vectors `(n, latent_dim)`.
        neighbours: how many of each are looked at; fewer than half of the examples.
        seed: of the draw of examples.

    Returns:
        A float in [0, 1].

    Raises:
        ValueError: where the lengths differ, the examples are too few, or numbers are not finite.

    Example:

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(50, 3))
    >>> latent_trustworthiness(x, 2.0 * x)
    1.0

    Reference:
        Venna & Kaski, "Neighborhood Preservation in Nonlinear Projection Methods", 2001.
    """
    from scipy.stats import rankdata

    if len(x) != len(z):
        raise ValueError(
            f"`z` must hold a latent vector for each example. Received: {len(x)} examples and "
            f"{len(z)} latent vectors"
        )
    count = min(len(x), MOST_EXAMPLES)
    if not 1 <= neighbours < count / 2:
        raise ValueError(
            "`neighbours` must be at least 1, and fewer than half of the examples. "
            f"Received: neighbours={neighbours}, {count} examples"
        )
    chosen = np.random.default_rng(seed).permutation(len(x))[:count]
    rows = flat_rows(np.asarray(x)[chosen])
    codes = check_latents("z", np.asarray(z)[chosen])
    ranks = rankdata(_distances(rows), "min", axis=1)
    costs = np.sum(_is_neighbour(_distances(codes), neighbours) * np.maximum(ranks - neighbours, 0))
    most = count * neighbours * (2 * count - 3 * neighbours - 1) / 2
    return float(1.0 - costs / most)


def _distances(x):
    """Squared distances of all pairs `(n, n)`, of each row to itself infinite."""
    rows, numbers = distinct_rows(x.astype("float64"))
    distances = squared_distances(rows, np.arange(len(rows)))[np.ix_(numbers, numbers)]
    np.fill_diagonal(distances, np.inf)
    return distances


def _is_neighbour(distances, neighbours):
    """How probably each is among the nearest of each row, where a draw decides between equals."""
    farthest = np.partition(distances, neighbours - 1, axis=1)[:, neighbours - 1, None]
    is_closer, is_farthest = distances < farthest, distances == farthest
    left = neighbours - is_closer.sum(axis=1, keepdims=True)
    return is_closer + is_farthest * left / is_farthest.sum(axis=1, keepdims=True)
