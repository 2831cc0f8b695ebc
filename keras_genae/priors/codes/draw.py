"""Draw whole numbers by their logits."""

import numpy as np


def draw(logits, u, temperature=1.0, top_k=None):
    """A number for each row of logits.

    Args:
        logits: array `(n, size)`.
        u: uniform in [0, 1), `(n,)`: where on the way from the first number to the last.
        temperature: the logits are divided by it; at 0 the likeliest number is taken.
        top_k: how many of the likeliest numbers to choose from; `None` for all.

    Returns:
        int32 `(n,)`.
    """
    logits = np.asarray(logits, "float64")
    if temperature == 0.0:
        return np.argmax(logits, axis=1).astype("int32")
    is_all = top_k is None or top_k >= logits.shape[1]
    if not is_all:
        likeliest = np.argsort(-logits, axis=1, kind="stable")[:, :top_k]
        logits = np.take_along_axis(logits, likeliest, axis=1)
    p = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    up_to = np.cumsum(p, axis=1)
    chosen = np.sum(up_to <= u[:, None] * up_to[:, -1:], axis=1)
    if not is_all:
        chosen = np.take_along_axis(likeliest, chosen[:, None], axis=1)[:, 0]
    return chosen.astype("int32")
