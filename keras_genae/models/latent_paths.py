"""Paths between two latent vectors."""

import numpy as np


def linear_path(start, end, steps):
    """Points on the straight line from `start` to `end`, both included.

    Args:
        start, end: float arrays `(..., latent_dim)`.
        steps: how many points, at least 2.

    Returns:
        An array `(..., steps, latent_dim)`.

    Example:

    >>> import numpy as np
    >>> linear_path(np.array([0.0]), np.array([1.0]), 3).ravel().tolist()
    [0.0, 0.5, 1.0]
    """
    t = np.linspace(0.0, 1.0, steps)[:, None]
    return (1.0 - t) * start[..., None, :] + t * end[..., None, :]


def spherical_path(start, end, steps):
    """Points on the great circle from `start` to `end`, both included; their length changes evenly.

    In many dimensions a normal prior has nearly all of its mass near a sphere, which a straight
    line leaves half way.

    Args:
        start, end: float arrays `(..., latent_dim)`.
        steps: how many points, at least 2.

    Returns:
        An array `(..., steps, latent_dim)`.

    Example:

    >>> import numpy as np
    >>> half = spherical_path(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 3)[1]
    >>> bool(np.allclose(half, np.sqrt(0.5)))
    True

    Reference:
        White, "Sampling Generative Networks", 2016.
    """
    start, end = np.asarray(start, "float64"), np.asarray(end, "float64")
    lengths = [np.linalg.norm(z, axis=-1, keepdims=True) for z in (start, end)]
    tiny = np.finfo("float64").tiny
    directions = [z / np.maximum(n, tiny) for z, n in zip((start, end), lengths, strict=True)]
    cosine = np.clip(np.sum(directions[0] * directions[1], axis=-1), -1.0, 1.0)
    angle = np.arccos(cosine)[..., None, None]
    t = np.linspace(0.0, 1.0, steps)[:, None]
    # Where the directions are the same or opposite the circle is not defined, the line is.
    straight = np.sin(angle) < 1e-6
    sine = np.where(straight, 1.0, np.sin(angle))
    weights = [np.sin((1.0 - t) * angle) / sine, np.sin(t * angle) / sine]
    circle = weights[0] * directions[0][..., None, :] + weights[1] * directions[1][..., None, :]
    length = linear_path(*lengths, steps)
    return np.where(straight, linear_path(start, end, steps), length * circle)


PATHS = {"linear": linear_path, "spherical": spherical_path}


def path_between(start, end, steps, path):
    """Codes on the way from `start` to `end`, `(n, *shape)`, vectors or maps: `(n, steps, *shape)`.

    Args:
        start, end: float arrays of the same shape.
        steps: how many points, at least 2.
        path: one of `PATHS`.
    """
    flat = [z.reshape(len(z), -1) for z in (start, end)]
    return PATHS[path](*flat, steps).reshape(len(start), steps, *start.shape[1:])
