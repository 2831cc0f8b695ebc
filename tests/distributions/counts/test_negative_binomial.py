import numpy as np
import pytest
from densities import assert_drawn_from, assert_finite_gradients, assert_float32, entries
from scipy import special, stats

from keras_genae.distributions import NegativeBinomial, Poisson

X = np.array([0, 1, 2, 10, 100, 1000, 1e4, 1e6])[:, None, None]
LOG_MEANS = np.log([1e-30, 1e-8, 1e-3, 0.5, 3.0, 99.0, 1.003e4, 1e6]).astype("float32")[:, None]
LOG_DISPERSIONS = np.log([1e-6, 1e-3, 0.1, 1.0, 10.0, 1e3, 1e6]).astype("float32")


def by_hand(x, mean, theta):
    """The formula in float64, by SciPy's log Γ: `scipy.stats.nbinom` takes p, which rounds to 1."""
    log_prob = special.gammaln(x + theta) - special.gammaln(theta) - special.gammaln(x + 1)
    return log_prob - theta * np.log1p(mean / theta) - special.xlogy(x, 1 + theta / mean)


def test_log_prob_is_that_of_scipys_log_gamma():
    expected = by_hand(X, np.exp(np.float64(LOG_MEANS)), np.exp(np.float64(LOG_DISPERSIONS)))
    found = entries(NegativeBinomial, X, LOG_MEANS, LOG_DISPERSIONS)
    np.testing.assert_allclose(found, expected.ravel(), rtol=1e-5, atol=1e-4)


def test_it_is_the_negative_binomial_of_scipy():
    mean, theta = 4.0, 2.5
    found = entries(NegativeBinomial, np.arange(40), np.log(mean), np.log(theta))
    expected = stats.nbinom.logpmf(np.arange(40), theta, theta / (theta + mean))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize(("mean", "theta"), [(0.1, 0.05), (3.0, 0.5), (30.0, 1e3), (2.0, 1e6)])
def test_the_probabilities_sum_to_one(mean, theta):
    log_prob = entries(NegativeBinomial, np.arange(5000), np.log(mean), np.log(theta))
    assert np.exp(log_prob).sum() == pytest.approx(1.0, abs=2e-5)


def test_without_dispersion_it_is_the_poisson_distribution():
    x, log_mean = np.arange(60), np.log(20.0)
    found = entries(NegativeBinomial, x, log_mean, np.log(3e6))
    np.testing.assert_allclose(found, entries(Poisson, x, log_mean), rtol=1e-4, atol=1e-4)


def test_extreme_values_have_finite_gradients():
    assert_finite_gradients(NegativeBinomial, X, LOG_MEANS, LOG_DISPERSIONS)
    assert_finite_gradients(NegativeBinomial, X, -200.0, LOG_DISPERSIONS)


@pytest.mark.parametrize(("mean", "theta"), [(0.5, 0.05), (9.0, 3.0), (200.0, 20.0)])
def test_draws_are_from_it(mean, theta):
    draws = NegativeBinomial(np.full((20_000, 1), np.log(mean)), np.log(theta)).sample(seed=0)
    assert_drawn_from(draws, stats.nbinom(theta, theta / (theta + mean)).cdf, np.arange(5000))


def test_half_precision_inputs_give_float32_numbers():
    assert_float32(NegativeBinomial(np.zeros((2, 3), "float16"), 0.0), np.ones((2, 3), "float16"))
