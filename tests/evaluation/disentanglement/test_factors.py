import numpy as np
import pytest

from keras_genae.evaluation.disentanglement.factors import as_bins, check_codes_and_factors

N = 200


def test_bins_have_equal_counts_however_the_scale_is_stretched(rng):
    values = rng.normal(size=1000)
    bins = as_bins(values, 10)
    assert np.bincount(bins).tolist() == [100] * 10
    np.testing.assert_array_equal(bins, as_bins(np.exp(3.0 * values), 10))
    assert (np.diff(bins[np.argsort(values)]) >= 0).all()


def test_equal_values_share_a_bin(rng):
    values = np.where(rng.random(1000) < 0.7, 0.0, rng.uniform(0.1, 1.0, 1000))
    bins = as_bins(values, 10)
    assert set(bins[values == 0.0]) == {0} and 0 not in bins[values > 0.0]
    assert bins.max() == 3 or bins.max() == 4


def test_few_values_and_classes_are_a_bin_each(rng):
    rare = np.array([0.0] * 998 + [1.0, 2.0])
    assert as_bins(rare, 10)[-3:].tolist() == [0, 1, 2]
    classes = rng.permutation(50)
    np.testing.assert_array_equal(as_bins(classes, 10), classes)
    assert as_bins(np.full(9, 3.5), 10).tolist() == [0] * 9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"codes": np.ones(N)}, "`codes` must hold latent vectors"),
        ({"codes": np.full((N, 3), np.nan)}, "`codes` must hold latent vectors"),
        ({"codes": np.ones((99, 3))}, r"at least 100 examples.*\(99, 3\)"),
        ({"codes": np.ones((N, 1))}, "at least two units"),
        ({"factors": {"a": np.arange(N)}}, r"at least two factors.*\['a'\]"),
        ({"factors": np.ones((N, 2))}, "a dict of names.*ndarray"),
        ({"a": np.arange(N - 1)}, r"factors\['a'\].*\(199,\) for 200"),
        ({"a": np.full(N, 0.5)}, r"`factors\['a'\]` never changes"),
        ({"a": np.where(np.arange(N) > 5, 1.0, np.inf)}, r"`factors\['a'\]` holds numbers that"),
    ],
)
def test_mistakes_are_named(change, message, rng):
    factors = {"a": np.arange(N), "b": rng.normal(size=N)}
    factors |= {name: change[name] for name in change.keys() & factors.keys()}
    arguments = {"codes": rng.normal(size=(N, 3)), "factors": factors}
    arguments |= {name: change[name] for name in change.keys() & arguments.keys()}
    with pytest.raises(ValueError, match=message):
        check_codes_and_factors(**arguments)
