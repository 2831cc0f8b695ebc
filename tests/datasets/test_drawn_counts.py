"""Counts of known groups."""

import numpy as np
import pytest

from keras_genae.datasets import draw_counts
from keras_genae.evaluation import neighbour_probe


def test_an_example_depends_on_the_seed_and_its_place_only():
    counts, group = draw_counts(50, features=20, seed=1)
    again, same = draw_counts(20, features=20, seed=1)
    np.testing.assert_array_equal(counts[:20], again)
    np.testing.assert_array_equal(group[:20], same)
    assert not np.array_equal(draw_counts(20, features=20, seed=2)[0], again)


def test_they_are_counts_of_groups_at_every_depth():
    counts, group = draw_counts(2000, features=30, groups=3, seed=0)
    assert counts.dtype == group.dtype == np.dtype("int32") and counts.min() == 0
    assert np.all(np.abs(np.bincount(group) - 2000 / 3) < 100)
    # The library size is log-normal, and says nothing of the group.
    log_total = np.log(counts.sum(axis=1))
    assert log_total.mean() == pytest.approx(7.1, abs=0.1)
    assert log_total.std() == pytest.approx(0.6, abs=0.1)
    assert np.ptp([log_total[group == g].mean() for g in range(3)]) < 0.15
    # The shares tell the groups apart.
    shares = np.log1p(1e3 * counts / counts.sum(axis=1, keepdims=True))
    assert neighbour_probe(shares[:1000], group[:1000], shares[1000:], group[1000:]) > 0.9


def test_they_vary_more_than_poisson_counts_do():
    # One group, whose shares vary with z alone: the excess is at least that of θ, about 2.
    counts, _ = draw_counts(4000, features=10, groups=1, seed=0)
    common = counts[:, counts.mean(axis=0) > 20]
    assert np.all(common.var(axis=0) > 5.0 * common.mean(axis=0))


@pytest.mark.parametrize("argument", ["count", "features", "groups", "seed"])
def test_what_is_no_number_is_named(argument):
    with pytest.raises(ValueError, match=f"`{argument}` must be an integer"):
        draw_counts(**{"count": 5, argument: -1})
