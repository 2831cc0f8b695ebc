"""Which examples lie near which: what precision, recall, density and coverage are counted from.

Around each example of a set lies a ball that reaches to its k-th nearest neighbour in the same set;
together the balls are an estimate of where examples of that kind can be.
"""

import numpy as np

from keras_genae.evaluation.distances import distinct_rows, squared_distances

# Distances at a time, 128 MiB.
DISTANCES_AT_ONCE = 2**24


def count_in_balls(centres, points, neighbours):
    """Which points lie in the balls around centres, that reach to their k-th nearest other centre.

    A ball's radius is one of the very distances it is compared with, and equal rows are one row, so
    that rounding never puts a point that lies on the edge, such as a copy, outside.

    Args:
        centres, points: float64 `(n, features)` and `(m, features)`, n more than `neighbours`.
        neighbours: k.

    Returns:
        How many balls each point lies in, int `(m,)`, and whether each ball holds a point, bool
        `(n,)`.
    """
    rows, numbers = distinct_rows(np.concatenate([centres, points]))
    of_centres, of_points = numbers[: len(centres)], numbers[len(centres) :]
    balls = np.zeros(len(points), int)
    holds_point = np.zeros(len(centres), bool)
    step = max(1, DISTANCES_AT_ONCE // (len(centres) + len(points)))
    for start in range(0, len(centres), step):
        distances = squared_distances(rows, of_centres[start : start + step])
        # The first in order is the centre itself.
        radii = np.partition(distances[:, of_centres], neighbours, axis=1)[:, neighbours]
        is_inside = distances[:, of_points] <= radii[:, None]
        balls += is_inside.sum(axis=0)
        holds_point[start : start + step] = is_inside.any(axis=1)
    return balls, holds_point
