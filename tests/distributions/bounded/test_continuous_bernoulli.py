import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_genae.distributions import ContinuousBernoulli

LOGITS = [-30.0, -7.0, -1.0, -0.31, -0.29, -1e-2, -1e-4, 0.0, 1e-6, 1e-3, 0.299, 0.301, 2.0, 30.0]
# Nodes and weights of Gauss–Legendre quadrature on [0, 1], in 64 equal parts: exact to 1e-12 here.
NODES, WEIGHTS = np.polynomial.legendre.leggauss(8)
X = ((np.arange(64)[:, None] + (NODES + 1) / 2) / 64).ravel()
DX = np.tile(WEIGHTS / 128, 64)


def density_at_nodes(logit):
    logits = np.full((len(X), 1), logit)
    log_prob = ContinuousBernoulli(logits).log_prob(X[:, None])
    return np.exp(ops.convert_to_numpy(log_prob).astype("float64"))


@pytest.mark.parametrize("logit", LOGITS)
def test_the_density_integrates_to_one(logit):
    assert (density_at_nodes(logit) * DX).sum() == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("logit", LOGITS)
def test_the_mean_is_the_integral_of_x(logit):
    weights = np.exp(logit * X - max(logit, 0.0)) * DX
    expected = (X * weights).sum() / weights.sum()
    mean = float(ContinuousBernoulli(np.full((1, 1), logit)).mean[0, 0])
    assert mean == pytest.approx(expected, abs=3e-6)


@pytest.mark.parametrize("logit", LOGITS)
def test_log_prob_is_the_formula_of_the_paper(logit):
    # C(λ) = 2 artanh(1 − 2λ) / (1 − 2λ), and 2 where λ = ½; artanh(1 − 2λ) = −l / 2.
    one_minus_two_lambda = -math.tanh(logit / 2)
    constant = 2 * (-logit / 2) / one_minus_two_lambda if logit else 2.0
    log_lambda, log_one_minus_lambda = -math.log1p(math.exp(-logit)), -math.log1p(math.exp(logit))
    expected = math.log(constant) + 0.3 * log_lambda + 0.7 * log_one_minus_lambda
    log_prob = float(ContinuousBernoulli(np.full((1, 1), logit)).log_prob([[0.3]])[0])
    assert log_prob == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("logit", [-1000.0, -80.0, -0.3, 0.0, 0.3, 80.0, 1000.0])
@pytest.mark.parametrize("quantity", ["log_prob", "mean"])
def test_values_and_gradients_are_finite(logit, quantity):
    logits = tf.fill((1, 1), logit)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        distribution = ContinuousBernoulli(logits)
        value = distribution.mean if quantity == "mean" else distribution.log_prob([[0.25]])
    gradient = tape.gradient(value, logits)
    assert np.isfinite(value).all() and np.isfinite(gradient).all()


@pytest.mark.parametrize("logit", [-4.0, -0.301, -0.1, 0.0, 0.2, 0.299, 5.0])
def test_the_gradient_of_log_prob_is_x_minus_the_mean(logit):
    # An exponential family: d/dl log p(x) = x − E[x].
    logits = tf.fill((1, 1), logit)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        distribution = ContinuousBernoulli(logits)
        log_prob = distribution.log_prob([[0.9]])
    expected = 0.9 - float(distribution.mean[0, 0])
    assert float(tape.gradient(log_prob, logits)[0, 0]) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("logit", [-80.0, -3.0, -1e-3, 0.0, 0.5, 8.0, 80.0])
def test_samples_have_the_mean_of_the_distribution(logit):
    distribution = ContinuousBernoulli(np.full((100_000, 1), logit))
    samples = ops.convert_to_numpy(distribution.sample(seed=0))
    assert samples.min() >= 0.0 and samples.max() <= 1.0
    # Five standard errors.
    error = 5 * samples.std() / math.sqrt(len(samples))
    assert abs(samples.mean() - float(distribution.mean[0, 0])) < error + 1e-6


def test_events_are_summed_and_examples_are_not(rng):
    logits, x = rng.normal(size=(3, 4, 2)), rng.random((3, 4, 2))
    together = ops.convert_to_numpy(ContinuousBernoulli(logits).log_prob(x))
    entries = ContinuousBernoulli(logits.reshape(-1, 1)).log_prob(x.reshape(-1, 1))
    by_hand = ops.convert_to_numpy(entries).reshape(3, 8).sum(-1)
    np.testing.assert_allclose(together, by_hand, rtol=1e-5, atol=1e-6)


def test_half_precision_inputs_give_float32_numbers():
    half = ContinuousBernoulli(np.full((2, 3), 20.0, "float16"))
    for value in (half.log_prob(np.ones((2, 3), "float16")), half.mean, half.sample(seed=0)):
        assert keras.backend.standardize_dtype(value.dtype) == "float32"
    # e²⁰ overflows float16; the density at 1 is l / (1 − e⁻ˡ) = 20.
    np.testing.assert_allclose(half.log_prob(np.ones((2, 3))), 3 * math.log(20), rtol=1e-5)
