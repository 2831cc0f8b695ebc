import numpy as np
import pytest
from densities import assert_drawn_from, assert_finite_gradients, assert_float32, entries
from scipy import stats

from keras_genae.distributions import Poisson

X = np.array([0, 1, 2, 3, 10, 100, 1000, 1e4, 1e6])[:, None]
MEANS = np.array([1e-30, 1e-8, 1e-3, 0.5, 1.0, 3.0, 10.0, 99.0, 1e3, 1.003e4, 1e6, 1.002e6])
LOG_MEANS = np.log(MEANS).astype("float32")


def test_log_prob_is_that_of_scipy():
    # The means that float32 can say.
    expected = stats.poisson.logpmf(X, np.exp(np.float64(LOG_MEANS))).ravel()
    np.testing.assert_allclose(entries(Poisson, X, LOG_MEANS), expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("mean", [1e-3, 1.0, 30.0, 1e4])
def test_the_probabilities_sum_to_one(mean):
    x = np.arange(20_000)
    assert np.exp(entries(Poisson, x, np.log(mean))).sum() == pytest.approx(1.0, abs=2e-4)


def test_extreme_values_have_finite_gradients():
    assert_finite_gradients(Poisson, X, LOG_MEANS)
    # The mean underflows; the count is as unlikely as it is.
    assert_finite_gradients(Poisson, X, -200.0)


def test_the_gradient_by_the_log_mean_is_the_count_less_the_mean():
    x, log_mean = np.array([0.0, 3.0, 1e5]), np.log([2.0, 2.0, 1.001e5])
    step = np.array([1e-2, 1e-2, 1e-3])
    up, down = (entries(Poisson, x, log_mean + sign * step) for sign in (1, -1))
    np.testing.assert_allclose((up - down) / (2 * step), x - np.exp(log_mean), rtol=0.01)


@pytest.mark.parametrize("mean", [0.02, 0.7, 9.9, 10.1, 60.0, 1e4])
def test_draws_are_from_it(mean):
    draws = Poisson(np.full((20_000, 1), np.log(mean))).sample(seed=0)
    assert_drawn_from(draws, stats.poisson(mean).cdf, np.arange(20_000))


def test_half_precision_inputs_give_float32_numbers():
    assert_float32(Poisson(np.zeros((2, 3), "float16")), np.ones((2, 3), "float16"))
