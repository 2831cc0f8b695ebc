"""Examples of any shape as rows of numbers."""

import numpy as np

# Squares of larger numbers, and their sums, overflow in float32.
LARGEST = 1e15


def flat_rows(x, name="x"):
    """Examples as float32 rows `(n, features)`; bytes, which images come in, become [0, 1].

    Args:
        x: array `(n, ...)`.
        name: what to call it in the message.

    Raises:
        ValueError: on an array without examples or features, or numbers that are not finite or
            too large.
    """
    x = np.asarray(x)
    if x.ndim < 2 or 0 in x.shape:
        raise ValueError(
            f"`{name}` must be an array of examples, (n, ...), at least one. "
            f"Received: {name} of shape {x.shape}"
        )
    if not np.all(np.abs(x) <= LARGEST):
        raise ValueError(
            f"`{name}` holds numbers that are not finite, or too large to be squared. Leave those "
            f"examples out, or scale them all. Received: values from {x.min():.3g} to {x.max():.3g}"
        )
    rows = x.reshape(len(x), -1).astype("float32")
    return rows / np.float32(255) if x.dtype == np.uint8 else rows
