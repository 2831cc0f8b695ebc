"""Looks at latent vectors and at what is known of them."""

import numpy as np

# Beyond what float32 holds squares and trees overflow.
LARGEST = float(np.finfo("float32").max)


def is_scale(labels):
    """Whether labels are a scale, floats, rather than classes."""
    return np.asarray(labels).dtype.kind == "f"


def check_latents(name, z):
    """Latent vectors as a float array `(n, latent_dim)`; a ValueError where they are none."""
    z = np.asarray(z)
    if z.ndim != 2 or 0 in z.shape or z.dtype.kind not in "fiu" or not _are_finite(z):
        raise ValueError(
            f"`{name}` must hold latent vectors, an array of shape (n, latent_dim) of finite "
            f"numbers, as large as float32 holds. "
            f"Received: {name} of shape {z.shape} and dtype {z.dtype}"
        )
    return z.astype("float64")


def check_values(name, values, count):
    """Numbers or texts as an array `(count,)`; a ValueError where they are none."""
    values = np.asarray(values)
    if values.shape != (count,):
        raise ValueError(
            f"`{name}` must hold one number or name for each latent vector. "
            f"Received: {name} of shape {values.shape} for {count} latent vectors"
        )
    if is_scale(values) and not _are_finite(values):
        raise ValueError(
            f"`{name}` holds numbers that are not finite, or more than float32 holds. Leave those "
            f"examples out. Received: values from {values.min():.3g} to {values.max():.3g}"
        )
    return values


def check_labels(name, labels, count, are_learnt=True):
    """Labels as an array `(count,)`; a ValueError where they are none, or nothing can be learnt.

    Args:
        name: the argument's name, for the errors.
        labels: numbers or texts.
        count: how many there should be.
        are_learnt: whether a predictor is fitted to them, so that classes have to come again.
    """
    labels = check_values(name, labels, count)
    distinct = np.unique(labels)
    if len(distinct) == 1:
        raise ValueError(
            f"`{name}` never changes, so that there is nothing to predict. "
            f"Received: {labels[0]!r} for all {count} latent vectors"
        )
    if are_learnt and not is_scale(labels) and len(distinct) > max(2, count // 2):
        raise ValueError(
            f"`{name}` holds classes most of which come only once. Of a scale pass floats: "
            f"`{name}.astype(float)`. "
            f"Received: {len(distinct)} different values for {count} latent vectors"
        )
    return labels


def _are_finite(values):
    """Whether all are numbers that float32 holds."""
    return bool(np.all(np.abs(values) <= LARGEST))
