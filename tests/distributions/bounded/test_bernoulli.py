import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_genae.distributions import Bernoulli


def test_log_prob_is_the_binary_cross_entropy():
    logits, x = [-2.0, 0.0, 0.7, 3.0], [0.0, 1.0, 0.25, 1.0]
    probability = [1 / (1 + math.exp(-logit)) for logit in logits]
    by_hand = sum(
        v * math.log(p) + (1 - v) * math.log(1 - p) for v, p in zip(x, probability, strict=True)
    )
    log_prob = Bernoulli(np.array([logits])).log_prob(np.array([x]))
    assert float(log_prob[0]) == pytest.approx(by_hand, rel=1e-6)


def test_probabilities_of_all_outcomes_sum_to_one(rng):
    logits = np.broadcast_to(rng.normal(0, 2, 3), (8, 3))
    outcomes = np.array([[i >> k & 1 for k in range(3)] for i in range(8)], "float32")
    total = np.exp(ops.convert_to_numpy(Bernoulli(logits).log_prob(outcomes))).sum()
    assert total == pytest.approx(1.0, abs=1e-5)


def test_extreme_logits_stay_finite_and_so_do_gradients():
    logits = tf.constant([[1e4, -1e4, 100.0, -100.0]])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        log_prob = Bernoulli(logits).log_prob([[0.0, 1.0, 1.0, 0.0]])
    # The first two are wrong by their whole logit, the others certain and right.
    assert float(log_prob[0]) == pytest.approx(-2e4)
    np.testing.assert_allclose(tape.gradient(log_prob, logits), [[-1.0, 1.0, 0.0, 0.0]], atol=1e-6)


def test_events_are_summed_and_examples_are_not(rng):
    logits, x = rng.normal(size=(4, 3, 2, 1)), rng.random((4, 3, 2, 1))
    together = ops.convert_to_numpy(Bernoulli(logits).log_prob(x))
    alone = [float(Bernoulli(logits[i : i + 1]).log_prob(x[i : i + 1])[0]) for i in range(4)]
    assert together.shape == (4,)
    np.testing.assert_allclose(together, alone, rtol=1e-6)


def test_samples_are_ones_as_often_as_the_mean_says():
    logits = np.broadcast_to([-3.0, 0.0, 1.0], (100_000, 3))
    bernoulli = Bernoulli(logits)
    samples = ops.convert_to_numpy(bernoulli.sample(seed=0))
    assert set(np.unique(samples)) == {0.0, 1.0}
    expected = [1 / (1 + math.exp(-v)) for v in (-3.0, 0.0, 1.0)]
    np.testing.assert_allclose(samples.mean(0), expected, atol=0.008)
    np.testing.assert_allclose(ops.convert_to_numpy(bernoulli.mean)[0], expected, rtol=1e-5)


def test_half_precision_inputs_give_float32_numbers():
    half = Bernoulli(np.full((2, 3), 9.0, "float16"))
    for value in (half.log_prob(np.ones((2, 3), "float16")), half.mean, half.sample(seed=0)):
        assert keras.backend.standardize_dtype(value.dtype) == "float32"
    # log p = −log(1 + e⁻⁹), which float16 rounds away.
    np.testing.assert_allclose(
        half.log_prob(np.ones((2, 3))), -3 * math.log1p(math.exp(-9)), rtol=1e-2
    )
