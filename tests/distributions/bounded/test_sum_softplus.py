import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit

from keras_genae.distributions.bounded.sum_softplus import factors_of, sum_softplus


@pytest.mark.parametrize("shape", [(1,), (7,), (127,), (784,), (28, 28, 1), (8, 8, 3)])
@pytest.mark.parametrize("scale", [0.0, 1.0, 30.0])
def test_it_is_the_sum_of_softplus(rng, shape, scale):
    x = rng.normal(0, 1, (3, *shape)) * scale
    expected = np.logaddexp(0, x).reshape(3, -1).sum(axis=1)
    np.testing.assert_allclose(sum_softplus(tf.constant(x, "float32")), expected, rtol=1e-6)


def test_factors_of_the_least_share_do_not_vanish():
    # All σ(|x|) are ½, the least there is; as many of them as are ever multiplied.
    x = tf.zeros((1, 120))
    assert factors_of(120) == (1, 120)
    assert float(sum_softplus(x)[0]) == pytest.approx(120 * np.log(2), rel=1e-6)


def test_what_cannot_be_divided_is_not():
    assert factors_of(127) == (127, 1) and factors_of(784) == (7, 112)


def test_its_gradient_is_the_sigmoid_and_so_is_that_of_the_gradient(rng):
    x = tf.constant(rng.normal(0, 3, (2, 5, 6)), "float32")
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.reduce_sum([1.0, 2.0] * sum_softplus(x))
        first = tape.gradient(total, x)
    share, weight = expit(np.float64(x)), np.reshape([1.0, 2.0], (2, 1, 1))
    np.testing.assert_allclose(first, weight * share, rtol=1e-5)
    np.testing.assert_allclose(
        outer.gradient(first, x), weight * share * (1 - share), rtol=1e-4, atol=1e-7
    )


def test_gradients_of_extremes_are_finite():
    x = tf.constant([[1e4, -1e4, 0.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = sum_softplus(x)
    np.testing.assert_allclose(tape.gradient(total, x), [[1.0, 0.0, 0.5]])
