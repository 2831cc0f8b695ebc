import math

import numpy as np
import pytest
from densities import assert_drawn_from, assert_finite_gradients, assert_float32, entries
from scipy import stats

from keras_genae.distributions import Laplace

X = np.array([-1e6, -3.0, -0.2, 0.0, 1e-4, 0.5, 40.0, 1e6])[:, None]
SCALES = np.array([1e-3, 0.1, 1.0, 50.0, 1e6])


def test_log_prob_is_that_of_scipy():
    for scale in SCALES:
        found = entries(lambda mean, scale=scale: Laplace(mean, scale), X, 0.25)
        expected = stats.laplace.logpdf(X[:, 0], 0.25, np.float64(np.float32(scale)))
        # SciPy takes the logarithm of a density that underflows.
        held = np.isfinite(expected)
        assert held.sum() >= 4
        np.testing.assert_allclose(found[held], expected[held], rtol=1e-5, atol=1e-5)
        by_hand = -np.abs(X[:, 0] - 0.25) / scale - np.log(2 * scale)
        np.testing.assert_allclose(found, by_hand, rtol=1e-5, atol=1e-5)


def test_the_best_shared_scale_is_the_mean_absolute_error(rng):
    x = rng.laplace(0, 0.3, (1, 1000))
    best = np.abs(x).mean()
    values = [float(Laplace(0.0 * x, best * f).log_prob(x)[0]) for f in (0.9, 1.0, 1.1)]
    assert max(values) == values[1]


def test_extreme_values_have_finite_gradients():
    assert_finite_gradients(Laplace, X, 0.25, SCALES)


def test_draws_are_from_it():
    assert_drawn_from(
        Laplace(np.full((20_000, 1), 2.0), 3.0).sample(seed=0), stats.laplace(2, 3).cdf
    )
    assert_float32(Laplace(np.full((2, 3), 2.0, "float16"), 0.5), np.ones((2, 3), "float16"))


def test_events_are_summed():
    log_prob = Laplace(np.zeros((2, 3, 2)), 1.0).log_prob(np.ones((2, 3, 2)))
    np.testing.assert_allclose(log_prob, [-6.0 - 6.0 * math.log(2.0)] * 2, rtol=1e-6)
    assert float(
        Laplace(np.zeros((1, 2))).log_prob([[1.0, 5.0]], [[1.0, 0.0]])[0]
    ) == pytest.approx(-1.0 - math.log(2.0))
