import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_genae.distributions import Normal


@pytest.mark.parametrize("variance", [1.0, 0.04, 9.0])
def test_log_prob_is_the_sum_of_log_densities(rng, variance):
    mean, x = rng.normal(size=(3, 2, 2)), rng.normal(size=(3, 2, 2))
    density = np.exp(-((x - mean) ** 2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)
    log_prob = Normal(mean, variance).log_prob(x)
    np.testing.assert_allclose(log_prob, np.log(density).sum((1, 2)), rtol=1e-4)


def test_the_best_shared_variance_is_the_mean_squared_error(rng):
    # The reason for `likelihood="sigma"`: no other σ² gives these errors a higher likelihood.
    mean, x = np.zeros((1, 1000)), rng.normal(0, 0.3, (1, 1000))
    mse = float(np.square(x).mean())
    best = float(Normal(mean, mse).log_prob(x)[0])
    assert all(float(Normal(mean, mse * factor).log_prob(x)[0]) < best for factor in (0.9, 1.1))


def test_the_gradient_with_respect_to_the_mean_is_the_error_over_the_variance():
    mean = tf.constant([[1.0, 2.0]])
    with tf.GradientTape() as tape:
        tape.watch(mean)
        log_prob = Normal(mean, 0.25).log_prob([[1.5, 0.0]])
    np.testing.assert_allclose(tape.gradient(log_prob, mean), [[2.0, -8.0]], rtol=1e-6)


def test_draws_have_the_mean_and_deviation_asked_for():
    samples = Normal(np.full((100_000, 1), 2.0), 0.25).sample(seed=0)
    assert np.mean(samples) == pytest.approx(2.0, abs=0.01)
    assert np.std(samples) == pytest.approx(0.5, rel=0.01)


def test_half_precision_inputs_give_float32_numbers():
    # 300² overflows float16.
    half = Normal(np.zeros((2, 1), "float16"), 1.0)
    log_prob = half.log_prob(np.full((2, 1), 300.0, "float16"))
    assert keras.backend.standardize_dtype(log_prob.dtype) == "float32"
    assert keras.backend.standardize_dtype(half.sample(seed=0).dtype) == "float32"
    expected = -45_000 - 0.5 * math.log(2 * math.pi)
    np.testing.assert_allclose(ops.convert_to_numpy(log_prob), expected, rtol=1e-6)
