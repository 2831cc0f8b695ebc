"""Looks at the features that two sets of examples are compared by."""

import numpy as np
from keras import ops

# The kernel distance takes sixth powers of features, and its deviation squares them.
LARGEST = 1e25


def as_feature_pair(real, generated, least=2):
    """Both as float64 `(n, features)`.

    Args:
        real, generated: arrays or tensors `(n, features)` and `(m, features)`.
        least: the fewest examples that will do.

    Raises:
        ValueError: on another rank, different features or none, too few examples, or numbers that
            are not finite or too large.
    """
    real, generated = (np.asarray(ops.convert_to_numpy(x), "float64") for x in (real, generated))
    received = f"Received: real.shape={real.shape}, generated.shape={generated.shape}"
    if real.ndim != 2 or generated.ndim != 2 or not real.shape[1] == generated.shape[1] > 0:
        raise ValueError(
            "`real` and `generated` must hold the same features, with shapes (n, features) and "
            "(m, features). Of images take features first, as `generation_quality` does. "
            f"{received}"
        )
    if min(len(real), len(generated)) < least:
        raise ValueError(f"At least {least} examples of each kind are needed. {received}")
    for name, x in (("real", real), ("generated", generated)):
        if not np.isfinite(x).all():
            raise ValueError(
                f"`{name}` holds features that are not finite numbers. Received: "
                f"{np.sum(~np.isfinite(x).all(axis=1))} such examples of {len(x)}"
            )
        if np.abs(x).max() > LARGEST:
            raise ValueError(
                f"`{name}` holds features too large to be squared. Scale both sets alike. "
                f"Received: values up to {np.abs(x).max():.3g}"
            )
    return real, generated
