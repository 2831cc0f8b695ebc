"""k-means on the vectors of a batch: which are nearest, where codes move, and where they start."""

from keras import ops

# Rounds of k-means on the batch that a codebook starts from.
ROUNDS = 10
TINY = 1e-12


def nearest(points, table):
    """Which row of a table each point is nearest to, and how far it is.

    Args:
        points: float32 `(..., dim)`.
        table: float32 `(size, dim)`.

    Returns:
        int32 `(...)` from 0 to size − 1, the first of equals; and the squared distances, `(...)`.
    """
    # ‖h‖² − 2 h·e + ‖e‖², of which the first is the same for all e.
    relative = ops.sum(ops.square(table), axis=-1) - 2.0 * ops.matmul(points, ops.transpose(table))
    indices = ops.cast(ops.argmin(relative, axis=-1), "int32")
    rows = ops.take(table, indices, axis=0)
    return indices, ops.sum(ops.square(points - rows), axis=-1)


def sums_by_index(points, weight, indices, size):
    """Σ w and Σ w · h over the points of each index: `(size,)` and `(size, dim)`."""
    counts = ops.segment_sum(weight, indices, num_segments=size)
    return counts, ops.segment_sum(weight[:, None] * points, indices, num_segments=size)


def drawn(points, weight, distances, count, u):
    """Points, drawn as often as they are far away from all codes: float32 `(count, dim)`.

    Their order is cut into `count` parts of the same squared distance in all, and one is taken from
    each, at the same share `u` of it: none comes twice unless it is that far away, and examples of
    weight 0 never come. The number of draws does not depend on the number of points.

    Args:
        points, weight, distances: `(n, dim)`, `(n,)`, `(n,)`.
        count: how many.
        u: float32 `(1,)`, from 0 to 1.

    Reference:
        Arthur & Vassilvitskii, "k-means++: The Advantages of Careful Seeding", 2007 (distances).
    """
    far = weight * distances
    # Where every point is a code already, all are as good.
    share = ops.cumsum(ops.where(ops.sum(far) > 0.0, far, weight))
    share = share / ops.maximum(share[-1], TINY)
    at = ops.minimum((ops.arange(count, dtype="float32") + u) / count, 1.0 - 1e-7)
    rows = ops.minimum(ops.searchsorted(share, at, side="right"), ops.shape(points)[0] - 1)
    return ops.take(points, rows, axis=0)


def k_means(points, weight, table, u, rounds=ROUNDS):
    """A codebook of points: each code the mean of those that are nearest to it.

    A code that no point is nearest to goes to a point that is far from all, as in `drawn`.

    Args:
        points, weight: `(n, dim)` and `(n,)`; a point of weight 0 has no influence.
        table: where to start, `(size, dim)`.
        u: of `drawn`.
        rounds: how often codes move.

    Returns:
        float32 `(size, dim)`.

    Reference:
        Lloyd, "Least Squares Quantization in PCM", 1982.
    """
    size = table.shape[0]
    for _ in range(rounds):
        indices, distances = nearest(points, table)
        counts, totals = sums_by_index(points, weight, indices, size)
        means = totals / ops.maximum(counts, TINY)[:, None]
        far = drawn(points, weight, distances, size, u)
        table = ops.where(counts[:, None] > 0.0, means, far)
    return table
