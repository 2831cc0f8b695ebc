import keras
import numpy as np
import tensorflow as tf
from keras import layers

from keras_genae.layers.held_constant import held_constant


def network():
    return keras.Sequential(
        [
            keras.Input((3,)),
            layers.Dense(4),
            layers.BatchNormalization(),
            layers.Dropout(0.5, seed=0),
        ]
    )


def test_the_value_is_the_same_and_only_the_inputs_have_a_gradient(rng):
    model, x = network(), tf.constant(rng.normal(size=(8, 3)), "float32")
    before = model.get_weights()
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        with held_constant(model):
            held = model(x, training=True)
        free = model(x, training=True)
    # The same noise, and statistics that move once.
    np.testing.assert_array_equal(held, free)
    np.testing.assert_array_equal(tape.gradient(held, x), tape.gradient(free, x))
    assert all(g is None for g in tape.gradient(held, model.trainable_variables))
    assert all(g is not None for g in tape.gradient(free, model.trainable_variables))
    twin = network()
    twin.set_weights(before)
    twin(x, training=True)
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_nothing_moves_inside(rng):
    model, x = network(), rng.normal(size=(8, 3)).astype("float32")
    before = [v.numpy() for v in model.variables]
    with held_constant(model):
        model(x, training=True)
    assert all(np.array_equal(v, b) for v, b in zip(model.variables, before, strict=True))
