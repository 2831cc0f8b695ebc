"""Which examples lie near which: what precision, recall, density and coverage are counted from.

Around each example of a set lies a ball that reaches to its k-th nearest neighbour in the same set;
together the balls are an estimate of where examples of that kind can be.
"""

import numpy as np

# MiB of distances at a time.
WORKING_MEMORY = 128


def neighbour_radii(x, neighbours):
    """The distance of each example to its `neighbours`-th nearest other one, `(n,)`."""
    from sklearn.neighbors import NearestNeighbors

    # Asked without examples, it answers for those it holds, each not its own neighbour.
    distances, _ = NearestNeighbors(n_neighbors=neighbours).fit(x).kneighbors()
    return distances[:, -1]


def nearest_distances(x, others):
    """The distance of each example of `x` to the nearest of `others`, `(n,)`."""
    from sklearn.neighbors import NearestNeighbors

    distances, _ = NearestNeighbors(n_neighbors=1).fit(others).kneighbors(x)
    return distances[:, 0]


def count_balls(points, centres, radii):
    """In how many of the balls around `centres` each point lies, `(points,)`."""
    from sklearn.metrics import pairwise_distances_chunked

    counts = pairwise_distances_chunked(
        points,
        centres,
        reduce_func=lambda distances, start: np.sum(distances <= radii, axis=1),
        working_memory=WORKING_MEMORY,
    )
    return np.concatenate(list(counts))
