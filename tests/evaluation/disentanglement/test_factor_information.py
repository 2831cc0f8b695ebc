import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from keras_genae.evaluation.disentanglement.factor_information import (
    factor_entropy,
    factor_information,
)
from keras_genae.evaluation.disentanglement.factors import as_bins


def test_it_is_the_mutual_information_of_the_bins(rng):
    z = rng.normal(size=(1000, 3))
    factors = {"scale": z[:, 0] + 0.5 * rng.normal(size=1000), "class": rng.integers(0, 3, 1000)}
    information = factor_information(z, factors)
    assert information.shape == (3, 2)
    scale = as_bins(factors["scale"], 10)
    for unit, row in zip(z.T, information, strict=True):
        bins = as_bins(unit, 20)
        expected = [mutual_info_score(bins, b) for b in (scale, factors["class"])]
        np.testing.assert_allclose(row, expected, atol=1e-9)


def test_a_copy_tells_the_factors_entropy_and_a_dead_unit_nothing(rng):
    factors = {
        "scale": rng.uniform(size=2000),
        "class": rng.choice(4, 2000, p=[0.1, 0.2, 0.3, 0.4]),
    }
    entropy = factor_entropy(factors)
    shares = np.bincount(factors["class"]) / 2000
    np.testing.assert_allclose(entropy, [np.log(10.0), -np.sum(shares * np.log(shares))])
    codes = np.stack([np.exp(factors["scale"]), factors["class"], np.zeros(2000)], axis=1)
    information = factor_information(codes, factors)
    np.testing.assert_allclose(np.diag(information), entropy, rtol=1e-9)
    np.testing.assert_array_equal(information[2], 0.0)


def test_independent_numbers_seem_to_tell_what_the_docstring_says(rng):
    information = factor_information(
        rng.normal(size=(1000, 20)), {"a": rng.normal(size=1000), "b": rng.normal(size=1000)}
    )
    assert information.mean() == pytest.approx(19 * 9 / 2000, rel=0.15)
