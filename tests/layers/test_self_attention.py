import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_genae.layers import SelfAttention

PLACES, SIZE = 5, 8


def filled(layer, rng):
    """A built layer with weights of a size that matters."""
    layer.build((None, PLACES, SIZE))
    layer.set_weights([rng.normal(size=weight.shape) / 2.0 for weight in layer.weights])
    return layer


def keras_twin(attention):
    """Keras's `MultiHeadAttention` with the same weights."""
    heads, entries = attention.num_heads, SIZE // attention.num_heads
    twin = keras.layers.MultiHeadAttention(heads, entries)
    twin.build((None, PLACES, SIZE), (None, PLACES, SIZE))
    kernel, bias, out_kernel, out_bias = attention.get_weights()
    weights = []
    for w, b in zip(np.split(kernel, 3, axis=1), np.split(bias, 3), strict=True):
        weights += [w.reshape(SIZE, heads, entries), b.reshape(heads, entries)]
    twin.set_weights([*weights, out_kernel.reshape(heads, entries, SIZE), out_bias])
    return twin


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("heads", [1, 4])
def test_it_is_the_attention_of_keras(heads, causal, rng):
    attention = filled(SelfAttention(heads, causal), rng)
    x = rng.normal(size=(3, PLACES, SIZE)).astype("float32")
    expected = keras_twin(attention)(x, x, use_causal_mask=causal)
    np.testing.assert_allclose(attention(x), expected, atol=1e-5)


def test_a_place_hangs_on_those_up_to_it_and_on_no_other(rng):
    attention = filled(SelfAttention(2, causal=True), rng)
    x = tf.constant(rng.normal(size=(1, PLACES, SIZE)), "float32")
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = attention(x)
    jacobian = np.abs(tape.jacobian(y, x).numpy()).sum(axis=(0, 2, 3, 5))
    np.testing.assert_array_equal(jacobian != 0.0, np.tri(PLACES, dtype=bool))


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
def test_place_after_place_it_is_the_same(dtype, rng):
    attention = filled(SelfAttention(2, causal=True, dtype=dtype), rng)
    x = rng.normal(size=(3, PLACES, SIZE)).astype("float32")
    cache, steps = attention.empty_cache(3, PLACES), []
    for t in range(PLACES):
        y, cache = attention.step(x[:, t : t + 1], cache, t)
        steps.append(np.array(y))
    atol = 1e-5 if dtype == "float32" else 1e-2
    np.testing.assert_allclose(np.concatenate(steps, axis=1), attention(x), atol=atol)


def test_heads_that_do_not_divide_a_place_are_refused():
    with pytest.raises(ValueError, match=r"must divide.*num_heads=3, 8 entries"):
        SelfAttention(3)(np.zeros((1, PLACES, SIZE)))
