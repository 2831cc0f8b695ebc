import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_genae.distributions import GivenTotal, Poisson

SHARES = np.array([[0.1, 0.2, 0.3, 0.4]])
X = np.array([[1.0, 0.0, 5.0, 2.0]])
COUNTS = GivenTotal(Poisson, np.log(SHARES), total=50.0)


def test_the_means_are_shares_of_the_total_of_x():
    expected = stats.poisson.logpmf(X, 8.0 * SHARES).sum()
    assert float(COUNTS.log_prob(X)[0]) == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(COUNTS.mean, 50.0 * SHARES, rtol=1e-5)
    np.testing.assert_allclose(COUNTS.like(X).mean, 8.0 * SHARES, rtol=1e-5)


def test_of_known_entries_total_and_shares_are_theirs():
    mask = np.array([[1.0, 0.0, 1.0, 1.0]])
    known = [0, 2, 3]
    shares = SHARES[:, known] / SHARES[:, known].sum()
    expected = stats.poisson.logpmf(X[:, known], 8.0 * shares).sum()
    assert float(COUNTS.log_prob(X, mask)[0]) == pytest.approx(expected, rel=1e-5)
    # Whatever stands in the place of the missing one.
    other = np.where(mask > 0, X, 1e6)
    assert float(COUNTS.log_prob(other, mask)[0]) == pytest.approx(expected, rel=1e-5)
    assert float(COUNTS.log_prob(X, 0.0 * mask)[0]) == 0.0
    weighted = COUNTS.log_prob(X, 3.0 * np.ones_like(X))
    assert float(weighted[0]) == pytest.approx(3.0 * float(COUNTS.log_prob(X)[0]), rel=1e-5)


def test_an_example_of_zeros_says_nothing():
    assert float(COUNTS.log_prob(0.0 * X)[0]) == pytest.approx(0.0, abs=1e-5)
    np.testing.assert_allclose(COUNTS.like(0.0 * X).mean, 0.0, atol=1e-5)


def test_the_draws_have_the_total_in_the_mean():
    shares = np.broadcast_to(np.log(SHARES), (4000, 4))
    draws = ops.convert_to_numpy(GivenTotal(Poisson, shares, total=50.0).sample(seed=0))
    np.testing.assert_allclose(draws.mean(axis=0), 50.0 * SHARES[0], rtol=0.03)
