import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_genae.jacobian import squared_slope

DRAWS = 20_000


def estimate(function, x, step, seed=0):
    """The mean of many estimates at one point."""
    epsilon = np.random.default_rng(seed).normal(size=(DRAWS, *x.shape)).astype("float32")
    many = tf.broadcast_to(tf.constant(x, "float32"), epsilon.shape)
    return float(np.mean(squared_slope(function, many, function(many), epsilon, step)))


@pytest.mark.parametrize("step", [1e-2, 3.0])
def test_of_a_linear_map_it_is_exact_at_any_step(step, rng):
    kernel = rng.normal(size=(5, 3)).astype("float32")
    expected = np.square(kernel).sum()
    found = estimate(lambda x: x @ kernel + 1.0, np.zeros(5), step)
    # Of one draw the standard deviation is about the norm itself.
    assert found == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("step", [0.1, 0.5, 1.0])
def test_of_squares_the_error_is_three_steps_squared_an_entry(step):
    # (x + sε)² − x² = 2xsε + s²ε²: the expected square over s² is 4x² + s² E ε⁴, and E ε⁴ = 3.
    x = np.array([1.0, -0.5, 2.0])
    expected = 4 * np.sum(x**2) + 3 * 3 * step**2
    assert estimate(tf.square, x, step) == pytest.approx(expected, rel=0.03)


def test_it_is_the_norm_of_the_jacobian_of_a_network(rng):
    layers = [keras.layers.Dense(16, "tanh"), keras.layers.Dense(4, "tanh"), keras.layers.Dense(3)]
    network = keras.Sequential([keras.Input((6,)), *layers])
    x = tf.constant(rng.normal(size=(1, 6)), "float32")
    with tf.GradientTape() as tape:
        tape.watch(x)
        output = network(x)
    exact = np.square(tape.jacobian(output, x)).sum()
    assert estimate(network, x[0].numpy(), 0.01) == pytest.approx(exact, rel=0.03)


def test_gradients_reach_the_weights_of_the_function():
    # Of w·x in one dimension the estimate is w² ε², with the gradient 2w ε².
    w, epsilon = tf.Variable(3.0), tf.constant([[0.5], [2.0]])
    x = tf.constant([[1.0], [7.0]])
    with tf.GradientTape() as tape:
        slopes = squared_slope(lambda x: w * x, x, w * x, epsilon, 0.1)
    np.testing.assert_allclose(slopes, 9.0 * epsilon[:, 0] ** 2, rtol=1e-4)
    assert float(tape.gradient(slopes, w)) == pytest.approx(6.0 * (0.25 + 4.0), rel=1e-4)
