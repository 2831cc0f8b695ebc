"""What the tests of the flows share: codes of shapes that are not normal."""

import numpy as np


def ring(count, seed):
    """Codes near the unit circle: radius 1 ± 0.1."""
    rng = np.random.default_rng(seed)
    angle, radius = rng.uniform(0.0, 2.0 * np.pi, count), rng.normal(1.0, 0.1, count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


# E log p of the ring: p(radius) p(angle) / radius, with E log radius = −0.0051 by its series.
RING = -np.log(2.0 * np.pi) - 0.5 * np.log(2.0 * np.pi * np.e * 0.01) + 0.0051


def with_random_weights(layer, size=0.2):
    """Networks that do something, without training: the density is then far from normal."""
    rng = np.random.default_rng(0)
    for weight in layer.weights:
        if weight.name in ("kernel", "bias"):
            weight.assign(rng.normal(0.0, size, weight.shape))
    return layer


def mass(prior, half_width=8.0, points=161):
    """∫ exp(log_prob) over a square around 0, in two dimensions."""
    axis = np.linspace(-half_width, half_width, points)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    density = np.exp(prior.log_prob(grid).astype("float64"))
    return density.sum() * (axis[1] - axis[0]) ** 2
