"""Sources of changing variance, and their mixture."""

import numpy as np
import pytest

from keras_genae.datasets import draw_sources


def test_variances_change_from_segment_to_segment_and_the_mixture_is_of_all_sources():
    x, segment, truth = draw_sources(segments=5, length=4000, sources=3, seed=1)
    assert x.dtype == np.float32 and x.shape == truth.shape == (20_000, 3)
    np.testing.assert_array_equal(np.bincount(segment), 4000)
    spreads = np.array([truth[segment == s].std(axis=0) for s in range(5)])
    assert np.all((spreads > 0.09) & (spreads < 3.1))
    assert np.all(spreads.max(axis=0) > 1.5 * spreads.min(axis=0))
    np.testing.assert_allclose(x.std(axis=0), 1.0, atol=0.01)
    # No entry of the mixture is a source by itself.
    correlation = np.abs(np.corrcoef(x.T, truth.T)[:3, 3:])
    assert np.all(correlation < 0.98)


def test_the_seed_chooses_all_of_it():
    first, again, other = (draw_sources(3, 10, 2, seed) for seed in (1, 1, 2))
    for one, same, another in zip(first[::2], again[::2], other[::2], strict=True):
        np.testing.assert_array_equal(one, same)
        assert not np.array_equal(one, another)


@pytest.mark.parametrize("argument", ["segments", "length", "sources"])
def test_what_is_no_number_is_named(argument):
    with pytest.raises(ValueError, match=f"`{argument}`"):
        draw_sources(**{argument: 0})
    with pytest.raises(ValueError, match="`seed`"):
        draw_sources(seed=-1)
