"""Examples are events: their log density is a sum over every axis but the first."""

from keras import ops


def sum_over_event(values):
    """Sum `(batch, ...)` over all axes but the first: `(batch,)`."""
    return ops.sum(values, axis=tuple(range(1, len(values.shape))))
