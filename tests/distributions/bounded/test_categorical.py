import numpy as np
import pytest
from densities import assert_drawn_from, assert_finite_gradients, assert_float32
from keras import ops
from scipy import special

from keras_genae.distributions import Categorical

LEVELS = np.arange(256) / 255.0


def test_log_prob_is_the_log_softmax_at_the_level(rng):
    logits = rng.normal(0, 5, (3, 2, 256))
    levels = rng.integers(0, 256, (3, 2))
    expected = np.take_along_axis(special.log_softmax(logits, -1), levels[..., None], -1).sum(
        (1, 2)
    )
    found = Categorical(logits).log_prob((levels / 255.0).astype("float32"))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_probabilities_sum_to_one_and_give_the_mean(rng):
    logits = rng.normal(0, 5, 256)
    every = Categorical(np.broadcast_to(logits, (256, 1, 256)))
    p = np.exp(ops.convert_to_numpy(every.log_prob(LEVELS[:, None])))
    assert p.sum() == pytest.approx(1.0, abs=1e-5)
    assert float(every.mean[0, 0]) == pytest.approx((p * LEVELS).sum(), rel=1e-5)


def test_extreme_logits_have_finite_gradients():
    logits = np.zeros((2, 1, 256))
    logits[0, 0, 0], logits[1, 0, 255] = 1e4, -1e4
    for x in (0.0, 1.0):
        # Each example of its own: the helper has one column.
        assert_finite_gradients(
            lambda z: Categorical(ops.concatenate([z, 0.0 * z], axis=-1)[:, None]),
            x,
            logits.ravel(),
        )


def test_draws_are_from_it(rng):
    logits = rng.normal(0, 2, 8)
    draws = Categorical(np.broadcast_to(logits, (20_000, 1, 8))).sample(seed=0)
    p = special.softmax(logits)
    whole = np.round(ops.convert_to_numpy(draws) * 7)
    assert_drawn_from(whole, lambda k: np.cumsum(p)[k], np.arange(8))


def test_half_precision_inputs_give_float32_numbers():
    assert_float32(Categorical(np.zeros((2, 3, 256), "float16")), np.ones((2, 3), "float16"))
