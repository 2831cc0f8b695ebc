import numpy as np
import pytest
from densities import assert_drawn_from, assert_finite_gradients, assert_float32, entries
from scipy import stats

from keras_genae.distributions import Normal, StudentT

X = np.array([0.0, 1e-4, 0.3, 1.0, 5.0, 100.0, 1e6, 1e12])[:, None]
DEGREES = np.array([0.1, 0.5, 1.0, 2.0, 5.0, 30.0, 1000.0])


def test_log_prob_is_that_of_scipy():
    for nu in DEGREES:
        found = entries(lambda mean, nu=nu: StudentT(mean, 4.0, nu), X, 0.0)
        expected = stats.t.logpdf(X[:, 0], np.float32(nu), scale=2.0)
        np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-6)


def test_the_density_integrates_to_one():
    # Over the whole line by x = tan u.
    u = (np.arange(20_000) + 0.5) / 20_000 * np.pi - np.pi / 2
    for nu in (0.5, 1.0, 4.0, 100.0):
        log_prob = entries(lambda mean, nu=nu: StudentT(mean, 1.0, nu), np.tan(u), 0.0)
        assert (np.exp(log_prob) / np.cos(u) ** 2).mean() * np.pi == pytest.approx(1, abs=0.01)


def test_with_many_degrees_of_freedom_it_is_the_normal_distribution(rng):
    x, mean = rng.normal(size=(3, 5)), rng.normal(size=(3, 5))
    normal = Normal(mean, 0.3).log_prob(x)
    np.testing.assert_allclose(StudentT(mean, 0.3, 1e7).log_prob(x), normal, rtol=1e-5)


def test_an_outlier_pulls_less_the_farther_it_lies():
    off = np.array([1.0, 10.0, 100.0, 1000.0])
    step = 1e-3 * off
    costs = [entries(lambda m: StudentT(m, 1.0, 3.0), off, shift) for shift in (step, -step)]
    # (ν + 1) e / (ν + e²)
    np.testing.assert_allclose(
        (costs[0] - costs[1]) / (2 * step), 4 * off / (3 + off**2), rtol=5e-3, atol=1e-6
    )


def test_extreme_values_have_finite_gradients():
    assert_finite_gradients(lambda m, nu: StudentT(m, 0.5, nu), X, 0.0, [0.1, 1.0, 1000.0])
    assert_finite_gradients(lambda m, v: StudentT(m, v, 2.0), X, 0.0, [1e-6, 1.0, 1e6])


def test_draws_are_from_it():
    for nu in (0.7, 5.0):
        draws = StudentT(np.full((20_000, 1), 2.0), 9.0, nu).sample(seed=0)
        assert_drawn_from(draws, stats.t(nu, 2, 3).cdf)
    assert_float32(StudentT(np.full((2, 3), 2.0, "float16"), 0.5, 3.0), np.ones((2, 3), "float16"))
