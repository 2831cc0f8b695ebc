import numpy as np
import pytest
from densities import assert_drawn_from, assert_finite_gradients, assert_float32, entries
from keras import ops
from scipy import stats

from keras_genae.distributions import NegativeBinomial, ZeroInflatedNegativeBinomial

X = np.array([0, 1, 2, 10, 1000, 1e6])[:, None]
LOG_MEANS, LOG_THETA = np.log([1e-8, 0.5, 3.0, 99.0, 1e6]).astype("float32"), np.float32(0.4)


@pytest.mark.parametrize("logits", [-30.0, -2.0, 0.0, 2.0, 30.0])
def test_log_prob_is_the_mixture(logits):
    lost = 1 / (1 + np.exp(-logits))
    counts = entries(NegativeBinomial, X, LOG_MEANS, LOG_THETA).reshape(len(X), -1)
    expected = np.where(
        X == 0,
        np.logaddexp(np.log(lost), np.log1p(-lost) + counts),
        -np.log1p(np.exp(logits)) + counts,
    )
    found = entries(ZeroInflatedNegativeBinomial, X, LOG_MEANS, LOG_THETA, logits)
    np.testing.assert_allclose(found, expected.ravel(), rtol=1e-5, atol=1e-6)


def test_the_probabilities_sum_to_one_and_give_the_mean():
    x = np.arange(2000)
    p = np.exp(entries(ZeroInflatedNegativeBinomial, x, 1.0, 0.4, -0.5))
    assert p.sum() == pytest.approx(1.0, abs=1e-5)
    mean = ZeroInflatedNegativeBinomial([[1.0]], 0.4, [[-0.5]]).mean
    assert float(mean[0, 0]) == pytest.approx((p * x).sum(), rel=1e-4)


def test_extreme_values_have_finite_gradients():
    for logits in (-100.0, 0.0, 100.0):
        assert_finite_gradients(
            lambda m, t, z: ZeroInflatedNegativeBinomial(m, t, z), X, LOG_MEANS, LOG_THETA, logits
        )


def test_draws_are_from_it():
    ones = np.ones((20_000, 1))
    draws = ZeroInflatedNegativeBinomial(ones, 0.4, -0.5 * ones).sample(seed=0)
    theta, mean, lost = np.exp(0.4), np.e, 1 / (1 + np.exp(0.5))
    counts = stats.nbinom(theta, theta / (theta + mean))
    assert_drawn_from(draws, lambda x: lost + (1 - lost) * counts.cdf(x), np.arange(200))
    # Losses are drawn apart from the counts.
    assert abs(np.mean(ops.convert_to_numpy(draws)) - (1 - lost) * mean) < 0.1


def test_half_precision_inputs_give_float32_numbers():
    zeros = np.zeros((2, 3), "float16")
    assert_float32(ZeroInflatedNegativeBinomial(zeros, 0.0, zeros), zeros)
