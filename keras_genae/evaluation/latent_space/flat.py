"""Examples of any shape as rows of numbers."""

import numpy as np


def flat_rows(x, name="x"):
    """Examples as float32 rows `(n, features)`; bytes, which images come in, become [0, 1].

    Args:
        x: array `(n, ...)`.
        name: what to call it in the message.

    Raises:
        ValueError: on an array without examples or features, or numbers that are not finite.
    """
    x = np.asarray(x)
    if x.ndim < 2 or 0 in x.shape:
        raise ValueError(
            f"`{name}` must be an array of examples, (n, ...), at least one. "
            f"Received: {name} of shape {x.shape}"
        )
    rows = x.reshape(len(x), -1).astype("float32")
    if not np.isfinite(rows).all():
        raise ValueError(f"`{name}` holds numbers that are not finite. Leave those examples out.")
    return rows / np.float32(255) if x.dtype == np.uint8 else rows
