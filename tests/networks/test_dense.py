import keras
import numpy as np
import pytest

from keras_genae.networks import dense_decoder, dense_encoder


@pytest.mark.parametrize("shape", [(1,), (30,), (2, 3, 1), (28, 28, 3)])
def test_a_batch_passes_through_both(shape, rng):
    x = rng.random((2, *shape)).astype("float32")
    z = dense_encoder(shape, 3, (8, 4))(x)
    raw = dense_decoder(shape, 3, (8, 4))(z)
    assert tuple(z.shape) == (2, 3) and tuple(raw.shape) == x.shape
    assert np.isfinite(raw).all()


def test_the_encoder_is_the_matrix_product_it_says(rng):
    encoder = dense_encoder((2, 2, 1), 3, (5,))
    x = rng.random((4, 2, 2, 1)).astype("float32")
    w1, b1, w2, b2 = encoder.get_weights()
    by_hand = np.maximum(x.reshape(4, 4) @ w1 + b1, 0.0) @ w2 + b2
    np.testing.assert_allclose(encoder(x), by_hand, rtol=1e-5, atol=1e-6)


def test_widths_are_mirrored():
    encoder, decoder = dense_encoder((16,), 2, (8, 4)), dense_decoder((16,), 2, (8, 4))
    assert [w.shape for w in encoder.weights if len(w.shape) == 2] == [(16, 8), (8, 4), (4, 2)]
    assert [w.shape for w in decoder.weights if len(w.shape) == 2] == [(2, 4), (4, 8), (8, 16)]


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16"])
def test_heads_and_logits_are_float32_under_mixed_precision(dtype):
    encoder = dense_encoder((16,), 2, (8,), heads=("mean", "log_var"), dtype=dtype)
    decoder = dense_decoder((4, 4, 1), 2, (8,), dtype=dtype)
    outputs = [*encoder.outputs, *decoder.outputs]
    assert [keras.backend.standardize_dtype(o.dtype) for o in outputs] == ["float32"] * 3
    assert decoder.get_layer("raw").compute_dtype == "float32"
    assert encoder.get_layer("stage_1").compute_dtype == dtype.removeprefix("mixed_")


@pytest.mark.parametrize("make", [dense_encoder, dense_decoder])
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"input_shape": (4, 4)}, r"\(height, width, channels\)"),
        ({"input_shape": (0,)}, "whole number of at least 1"),
        ({"latent_dim": -1}, "latent_dim=-1"),
        ({"widths": []}, "at least one layer"),
        ({"widths": (8, "4")}, "whole number"),
    ],
)
def test_arguments_no_network_can_be_built_from_are_named(make, arguments, named):
    with pytest.raises(ValueError, match=named):
        make(**{"input_shape": (16,), "latent_dim": 2, **arguments})
