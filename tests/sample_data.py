"""Data that tests make for themselves."""

import numpy as np


def blobs(count, shape, seed=0):
    """Images with something to learn: a bright spot of random place and colour on a dark ground."""
    rng = np.random.default_rng(seed)
    height, width, channels = shape
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    center = rng.uniform(0.2, 0.8, (count, 2, 1, 1))
    distance = np.square(y - center[:, :1, 0]) + np.square(x - center[:, 1:, 0])
    color = rng.uniform(0.4, 1.0, (count, 1, 1, channels))
    return (np.exp(-distance / 0.03)[..., None] * color).astype("float32")
