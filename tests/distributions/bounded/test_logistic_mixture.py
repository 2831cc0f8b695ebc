import numpy as np
import pytest
import tensorflow as tf
from densities import assert_drawn_from, assert_float32
from keras import ops
from scipy import special, stats

from keras_genae.distributions import LogisticMixture

LEVELS = np.arange(256) / 255.0


def of_all_levels(logits, means, log_scales):
    """The distribution of each level, one an example: log p of them all, and the distribution."""
    parts = [
        np.broadcast_to(np.float32(part), (256, 1, len(part)))
        for part in (logits, means, log_scales)
    ]
    mixture = LogisticMixture(*parts)
    return ops.convert_to_numpy(mixture.log_prob(LEVELS[:, None])).astype("float64"), mixture


def by_hand(logits, means, log_scales):
    """The mass of the mixture about each level, the tails to the first and the last, in float64."""
    edges = np.concatenate([[-np.inf], 2 * (np.arange(255) + 0.5) / 255 - 1, [np.inf]])[:, None]
    scales = np.exp(np.float64(np.float32(log_scales)))
    standard = (edges - np.float64(np.float32(means))) / scales
    # In the upper half by the other tail, of which the differences keep their digits.
    lower, upper = (
        np.diff(special.expit(standard), axis=0),
        -np.diff(special.expit(-standard), axis=0),
    )
    mass = np.where(standard[:-1] > 0, upper, lower)
    return mass @ special.softmax(np.float64(logits))


CASES = {
    "one, wide": ([0.0], [0.1], [0.0]),
    "one, narrow": ([0.0], [0.123], [-5.0]),
    "one, off the range": ([0.0], [3.0], [-1.0]),
    "three": ([0.0, 1.0, -2.0], [-0.9, 0.2, 1.1], [-3.0, -2.0, -4.0]),
    "narrower than a step": ([0.0, 0.5], [0.3, -0.6], [-7.0, -6.0]),
    "nearly flat": ([0.0], [0.0], [6.0]),
}


@pytest.mark.parametrize("case", CASES)
def test_log_prob_is_the_mass_about_the_level(case):
    log_prob, _ = of_all_levels(*CASES[case])
    expected = by_hand(*CASES[case])
    # Where float64 still has the mass.
    held = expected > 1e-12
    np.testing.assert_allclose(log_prob[held], np.log(expected[held]), rtol=1e-4, atol=1e-4)
    assert np.exp(log_prob).sum() == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("case", CASES)
def test_the_mean_is_that_of_the_levels(case):
    log_prob, mixture = of_all_levels(*CASES[case])
    exact = (np.exp(log_prob) * LEVELS).sum()
    # By the midpoint rule: right to a fraction of a step where s is below one.
    atol = 0.5 / 255 if min(CASES[case][2]) < -5.5 else 1e-4
    assert float(mixture.mean[0, 0]) == pytest.approx(exact, abs=atol)


def test_the_impossible_is_very_unlikely_and_has_gradients():
    parts = [
        tf.constant([[[0.0, 0.0]]]),
        tf.constant([[[50.0, -1e3]]]),
        tf.constant([[[-50.0, 9.0]]]),
    ]
    for level in (0.0, 0.5, 1.0):
        with tf.GradientTape() as tape:
            tape.watch(parts)
            log_prob = LogisticMixture(*parts).log_prob([[level]])
        assert np.isfinite(log_prob).all()
        assert all(np.isfinite(gradient).all() for gradient in tape.gradient(log_prob, parts))


def test_draws_are_from_it():
    case = CASES["three"]
    parts = [np.broadcast_to(part, (20_000, 1, 3)) for part in case]
    draws = LogisticMixture(*parts).sample(seed=0)
    whole = np.round(ops.convert_to_numpy(draws) * 255)
    cdf = np.cumsum(by_hand(*case))
    assert_drawn_from(whole, lambda k: cdf[k], np.arange(256))
    assert stats.entropy(np.bincount(whole.astype(int).ravel(), minlength=256)) > 3.0


def test_half_precision_inputs_give_float32_numbers():
    zeros = np.zeros((2, 3, 4), "float16")
    assert_float32(LogisticMixture(zeros, zeros, zeros), np.ones((2, 3), "float16"))
