"""Keep the largest entries."""

from keras import ops


def keep_largest(x, k, limit=None):
    """The k largest entries of each row at their places, 0 at all others.

    Exactly k, also where entries are equal: of these the first are kept.

    Args:
        x: float tensor `(rows, n)`.
        k: how many, at most n.
        limit: a scalar tensor; where it is less than k, so many are kept.

    Returns:
        A tensor like `x`, through which gradients reach the entries that were kept.

    Example:

    >>> import numpy as np
    >>> np.array(keep_largest(np.array([[3.0, 1.0, 2.0], [5.0, 5.0, 5.0]]), 2)).tolist()
    [[3.0, 0.0, 2.0], [5.0, 5.0, 0.0]]
    """
    values, columns = ops.top_k(x, k)  # (rows, k), the largest first
    if limit is not None:
        values = ops.where(ops.arange(k) < limit, values, 0.0)
    rows = ops.broadcast_to(ops.arange(ops.shape(x)[0])[:, None], ops.shape(columns))
    places = ops.stack([ops.cast(rows, columns.dtype), columns], axis=-1)
    return ops.scatter(ops.reshape(places, (-1, 2)), ops.reshape(values, (-1,)), ops.shape(x))
