"""Codes whose relation to their factors is known: what the tests of disentanglement share."""

import numpy as np

NAMES = ("size", "angle", "shade", "is_left")


def drawn_factors(count=2000, seed=0):
    """Four independent factors: three scales, of which one is mostly zero, and two classes."""
    rng = np.random.default_rng(seed)
    scales = rng.uniform(size=(3, count))
    scales[2] = np.where(scales[2] < 0.6, 0.0, scales[2])
    return dict(zip(NAMES, [*scales, rng.integers(0, 2, count)], strict=True))


def copied(factors):
    """Each factor in a unit of its own, in another order and on another scale."""
    columns = np.stack(list(factors.values()), axis=1)
    return np.tanh(columns[:, ::-1] - 0.5) * [1.0, -20.0, 0.1, 3.0] + 7.0


def mixed(factors):
    """All factors in all units: a rotation of the scaled copy, all of whose entries are ±½."""
    columns = np.stack(list(factors.values()), axis=1)
    signs = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
    return (columns - columns.mean(0)) / columns.std(0) @ (0.5 * signs)


def random_codes(count=2000, units=4, seed=1):
    """Codes that know nothing."""
    return np.random.default_rng(seed).normal(size=(count, units))


def with_dead_units(codes):
    """The codes and two units that never move."""
    return np.concatenate([codes, np.full((len(codes), 2), 0.3)], axis=1)
