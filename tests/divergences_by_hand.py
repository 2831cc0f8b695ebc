"""Divergences by their definitions, in float64."""

import numpy as np
from scipy.stats import norm

from keras_genae.divergences.mmd import SCALES

KERNELS = {"imq": lambda r2, c: c / (c + r2), "rbf": lambda r2, c: np.exp(-r2 / c)}


def mmd_by_hand(x, y, kernel="imq", scales=SCALES, v=None, w=None):
    """The definition, pair by pair, in float64."""
    v = np.ones(len(x)) if v is None else v
    w = np.ones(len(y)) if w is None else w

    def mean(a, b, a_weight, b_weight, is_one):
        pairs = [(i, j) for i in range(len(a)) for j in range(len(b)) if not (is_one and i == j)]
        widths = [2 * a.shape[1] * s for s in scales]
        r2 = [np.sum((a[i] - b[j]) ** 2) for i, j in pairs]
        k = np.mean([KERNELS[kernel](np.array(r2), width) for width in widths], axis=0)
        return np.average(k, weights=[a_weight[i] * b_weight[j] for i, j in pairs])

    return mean(x, x, v, v, True) + mean(y, y, w, w, True) - 2 * mean(x, y, v, w, False)


def sliced_wasserstein_by_hand(x, directions, weight=None, points=200_000):
    """∫ (F⁻¹(t) − Φ⁻¹(t))² dt by as many points, direction by direction, in float64."""
    weight = np.ones(len(x)) if weight is None else weight
    t = (np.arange(points) + 0.5) / points
    distances = []
    for direction in directions:
        projected = x @ direction / np.linalg.norm(direction)
        order = np.argsort(projected)
        ends = np.cumsum(weight[order]) / weight.sum()
        quantile = projected[order][np.minimum(np.searchsorted(ends, t), len(x) - 1)]
        distances.append(np.mean((quantile - norm.ppf(t)) ** 2))
    return np.mean(distances)
