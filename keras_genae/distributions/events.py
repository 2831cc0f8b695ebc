"""Examples are events: their log density is a sum over every axis but the first."""

from keras import ops


def sum_over_event(values, weight=None):
    """Sum `(batch, ...)` over all axes but the first: `(batch,)`.

    Args:
        values: float tensor `(batch, ...)`.
        weight: of each entry, broadcast over the values; an entry of weight 0 must be finite, and
            then counts for nothing, nor does any gradient reach it.
    """
    values = values if weight is None else values * weight
    return ops.sum(values, axis=tuple(range(1, len(values.shape))))
