import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_genae.networks.frozen import call_frozen

X = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")


def network(dtype=None):
    return keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(4, activation="leaky_relu", dtype=dtype),
            keras.layers.BatchNormalization(dtype=dtype),
            keras.layers.Dropout(0.5, dtype=dtype),
            keras.layers.Dense(1, dtype="float32"),
        ]
    )


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
@pytest.mark.parametrize("compile_it", [False, True])
def test_gradients_reach_what_goes_in_and_no_weight(dtype, compile_it):
    player, x = network(dtype), tf.Variable(X)

    def gradients(call):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(call(x)))
        return tape.gradient(loss, [x, *player.trainable_variables])

    run = tf.function(gradients) if compile_it else gradients
    to_x, *to_weights = run(lambda x: call_frozen(player, x))
    expected, *others = gradients(lambda x: player(x, training=False))
    assert all(gradient is None for gradient in to_weights)
    assert all(gradient is not None for gradient in others)
    np.testing.assert_allclose(to_x, expected, rtol=1e-5)


def test_the_values_are_those_of_the_network_which_stays_as_it_was():
    player = network()
    before = [variable.numpy() for variable in player.variables]
    np.testing.assert_array_equal(call_frozen(player, X), player(X, training=False))
    for variable, value in zip(player.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    # Not a copy: what the network learns is seen at once.
    player.layers[0].kernel.assign(2.0 * player.layers[0].kernel)
    np.testing.assert_array_equal(call_frozen(player, X), player(X, training=False))
