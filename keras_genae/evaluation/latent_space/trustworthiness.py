"""Whether neighbours in the latent space are neighbours in the data."""

import numpy as np

from keras_genae.evaluation.latent_space.flat import flat_rows
from keras_genae.evaluation.latent_space.latent_checks import check_latents

# All pairs are compared: time and memory grow with the square.
MOST_EXAMPLES = 2000


def latent_trustworthiness(x, z, neighbours=5, seed=0):
    """How far the nearest latent vectors belong to the nearest examples: at most 1.

    A latent vector's neighbour costs by how far down it is in the ranks of the example's own
    neighbours, by Euclidean distance. Codes that have nothing to do with the examples are at about
    ½. Of more than 2000 examples, 2000 are drawn.

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
    from sklearn.manifold import trustworthiness

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
    return float(trustworthiness(rows, codes, n_neighbors=neighbours))
