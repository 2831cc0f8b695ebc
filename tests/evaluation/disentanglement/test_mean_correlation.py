import itertools

import numpy as np
import pytest

from keras_genae.evaluation import mean_correlation


def test_it_is_the_best_of_all_orders(rng):
    sources, codes = rng.normal(size=(2, 200, 4))
    codes = codes + sources @ rng.normal(size=(4, 4))
    table = np.abs(np.corrcoef(sources.T, codes.T)[:4, 4:])
    best = max(table[range(4), order].mean() for order in itertools.permutations(range(4)))
    assert mean_correlation(codes, sources) == pytest.approx(best, rel=1e-10)
    # More units than sources: each source has its own.
    best = max(table[range(3), order].mean() for order in itertools.permutations(range(4), 3))
    assert mean_correlation(codes, sources[:, :3]) == pytest.approx(best, rel=1e-10)


def test_order_sign_and_scale_do_not_matter(rng):
    sources = rng.normal(size=(100, 3))
    codes = 5.0 - sources[:, [2, 0, 1]] * [1e-3, -2.0, 1e3]
    assert mean_correlation(codes, sources) == pytest.approx(1.0, abs=1e-10)


def test_constants_correlate_with_nothing(rng):
    sources = rng.normal(size=(100, 2))
    codes = np.stack([sources[:, 0], np.full(100, 0.1)], axis=1)
    assert mean_correlation(codes, sources) == pytest.approx(0.5)
    assert mean_correlation(np.zeros((100, 2)), sources) == 0.0


@pytest.mark.parametrize(
    ("codes", "sources"),
    [
        (np.zeros((5, 2)), np.zeros((4, 2))),
        (np.zeros((5, 1)), np.zeros((5, 2))),
        (np.zeros(5), np.zeros((5, 1))),
        (np.full((5, 2), np.nan), np.zeros((5, 2))),
        (np.zeros((1, 2)), np.zeros((1, 2))),
    ],
)
def test_what_does_not_fit_is_refused(codes, sources):
    with pytest.raises(ValueError, match="Received"):
        mean_correlation(codes, sources)
