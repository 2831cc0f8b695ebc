"""Looks at latent vectors and at what is known of them."""

import numpy as np


def is_scale(labels):
    """Whether labels are a scale, floats, rather than classes."""
    return np.asarray(labels).dtype.kind == "f"


def check_latents(name, z):
    """Latent vectors as a float array `(n, latent_dim)`; a ValueError where they are none."""
    z = np.asarray(z)
    if z.ndim != 2 or 0 in z.shape or z.dtype.kind not in "fiu" or not np.isfinite(z).all():
        raise ValueError(
            f"`{name}` must hold latent vectors, an array of shape (n, latent_dim) of finite "
            f"numbers. Received: {name} of shape {z.shape} and dtype {z.dtype}"
        )
    return z.astype("float64")


def check_labels(name, labels, count):
    """Labels as an array `(count,)`; a ValueError where they are none, or never change."""
    labels = np.asarray(labels)
    if labels.shape != (count,):
        raise ValueError(
            f"`{name}` must hold one number or name for each latent vector. "
            f"Received: {name} of shape {labels.shape} for {count} latent vectors"
        )
    if is_scale(labels) and not np.isfinite(labels).all():
        raise ValueError(f"`{name}` holds numbers that are not finite. Leave those examples out.")
    if np.all(labels == labels[0]):
        raise ValueError(
            f"`{name}` never changes, so that there is nothing to predict. "
            f"Received: {labels[0]!r} for all {count} latent vectors"
        )
    return labels
