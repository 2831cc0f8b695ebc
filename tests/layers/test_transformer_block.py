import keras
import numpy as np
import pytest

from keras_genae.layers import SelfAttention, TransformerBlock

PLACES, SIZE = 5, 8


def filled(block, rng):
    """A built block with weights of a size that matters."""
    block.build((None, PLACES, SIZE))
    block.set_weights([rng.normal(size=weight.shape) / 2.0 for weight in block.weights])
    return block


def test_it_is_two_branches_behind_norms(rng):
    block = filled(TransformerBlock(2, mlp_ratio=3), rng)
    x = rng.normal(size=(3, PLACES, SIZE)).astype("float32")

    def norm(x, layer):
        centred = x - x.mean(axis=-1, keepdims=True)
        gamma, beta = layer.get_weights()
        return gamma * centred / np.sqrt(centred.var(axis=-1, keepdims=True) + 1e-5) + beta

    y = x + np.array(block.attention(norm(x, block.norm_1)))
    kernel, bias = block.expand.get_weights()
    assert kernel.shape == (SIZE, 3 * SIZE)
    hidden = np.array(keras.ops.gelu(norm(y, block.norm_2) @ kernel + bias, approximate=False))
    kernel, bias = block.contract.get_weights()
    np.testing.assert_allclose(block(x), y + hidden @ kernel + bias, atol=2e-4)


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_place_after_place_it_is_the_same(dtype, rng):
    block = filled(TransformerBlock(2, causal=True, dtype=dtype), rng)
    x = rng.normal(size=(3, PLACES, SIZE)).astype("float32")
    cache, steps = block.empty_cache(3, PLACES), []
    for t in range(PLACES):
        y, cache = block.step(x[:, t : t + 1], cache, t)
        steps.append(np.array(y, "float32"))
    expected = np.array(block(x), "float32")
    scale = {"float32": 1e-6, "mixed_bfloat16": 2e-2, "mixed_float16": 2e-3}[dtype]
    atol = scale * np.abs(expected).max()
    np.testing.assert_allclose(np.concatenate(steps, axis=1), expected, atol=atol)


def test_dropout_is_of_training_alone_and_by_the_seed(rng):
    x = rng.normal(size=(3, PLACES, SIZE)).astype("float32")
    weights = None
    drawn = []
    for seed in (0, 0, 1):
        block = TransformerBlock(2, dropout=0.5, seed=seed)
        block.build((None, PLACES, SIZE))
        weights = weights or block.get_weights()
        block.set_weights(weights)
        drawn.append(np.array(block(x, training=True)))
        quiet = TransformerBlock(2)
        quiet.build((None, PLACES, SIZE))
        quiet.set_weights(weights)
        np.testing.assert_array_equal(block(x), quiet(x))
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert np.abs(drawn[0] - drawn[2]).max() > 0.1


@pytest.mark.parametrize(
    "layer", [SelfAttention(2, causal=True), TransformerBlock(2, 3, True, dropout=0.1, seed=4)]
)
def test_the_config_makes_an_equal_layer_that_is_built(layer):
    layer.build((None, PLACES, SIZE))
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert again.get_config() == layer.get_config()
    assert [w.shape for w in again.weights] == [w.shape for w in layer.weights]
