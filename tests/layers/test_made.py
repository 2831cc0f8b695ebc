import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_genae.layers import MADE, MaskedDense


def filled(size, width=12, **options):
    """A network none of whose weights is 0, so that every connection that is there shows."""
    made = MADE(size, width, **options)
    rng = np.random.default_rng(0)
    made.set_weights([rng.uniform(0.5, 1.0, weight.shape) for weight in made.weights])
    return made


def jacobians(made, x, *context):
    """∂ output i / ∂ x j of each output, of one example."""
    x = tf.constant(x, "float32")
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        outputs = made(x, *context)
    return [tape.batch_jacobian(output, x)[0].numpy() for output in outputs]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_an_output_hangs_on_all_entries_before_its_own_and_on_no_other(size):
    for jacobian in jacobians(filled(size), np.ones((1, size))):
        np.testing.assert_array_equal(jacobian != 0.0, np.tri(size, k=-1, dtype=bool))


@pytest.mark.parametrize("size", [1, 3])
def test_every_output_sees_the_context(size):
    made, context = filled(size, context=2), tf.ones((1, 2))
    for jacobian in jacobians(made, np.ones((1, size)), context):
        np.testing.assert_array_equal(jacobian != 0.0, np.tri(size, k=-1, dtype=bool))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(context)
        outputs = made(tf.ones((1, size)), context)
    for output in outputs:
        assert np.all(tape.batch_jacobian(output, context)[0].numpy() != 0.0)


def test_at_first_all_outputs_are_zero_and_again_after_start(rng):
    x = rng.normal(size=(4, 3))
    made = filled(3)
    assert np.all(np.array(made(x)) != 0.0)
    made.start()
    for network in (made, MADE(3, 8)):
        np.testing.assert_array_equal(np.array(network(x)), np.zeros((2, 4, 3)))


def test_a_masked_layer_is_the_dense_layer_of_the_masked_kernel(rng):
    layer = MaskedDense([1, 2, 2], [2, 1, 3, 0], activation="tanh")
    x = rng.normal(size=(5, 3)).astype("float32")
    mask = np.array([[1, 1, 1, 0], [1, 0, 1, 0], [1, 0, 1, 0]])
    kernel, bias = layer.get_weights()
    np.testing.assert_allclose(layer(x), np.tanh(x @ (kernel * mask) + bias), atol=1e-6)


def test_what_is_masked_is_not_learnt(rng):
    layer = MaskedDense([1, 2], [1, 2], strict=True)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(rng.normal(size=(5, 2))))
    gradient = tape.gradient(loss, layer.kernel).numpy()
    np.testing.assert_array_equal(gradient != 0.0, [[False, True], [False, False]])


@pytest.mark.parametrize(
    "layer", [MADE(3, 8, outputs=1, context=2), MaskedDense([1, 2], [0, 1, 2], True, "relu")]
)
def test_the_config_makes_an_equal_layer(layer):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert again.get_config() == layer.get_config()
    assert [w.shape for w in again.weights] == [w.shape for w in layer.weights]
