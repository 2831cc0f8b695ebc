import keras
import numpy as np
import pytest

from keras_genae.networks import (
    conv_map_decoder,
    conv_map_encoder,
    dense_group_decoder,
    dense_group_encoder,
)


@pytest.mark.parametrize(
    ("shape", "places"),
    [((28, 28, 1), (7, 7)), ((32, 32, 3), (8, 8)), ((64, 48, 3), (8, 6)), ((13, 9, 1), (4, 3))],
)
def test_a_map_is_a_quarter_of_a_small_image_and_an_eighth_of_a_large_one(shape, places):
    encoder, decoder = (
        make(shape, latent_dim=5, widths=(4, 8)) for make in (conv_map_encoder, conv_map_decoder)
    )
    assert encoder.output_shape == decoder.input_shape == (None, *places, 5)
    assert decoder.output_shape == (None, *shape)


def test_each_stage_halves():
    for stages, side in ((1, 16), (2, 8), (3, 4)):
        assert conv_map_encoder((32, 32, 1), 2, widths=(4,) * stages).output_shape[1] == side


def test_heads_and_numbers_and_precision():
    encoder = conv_map_encoder(
        (12, 12, 1), 2, widths=(4, 4), heads=("mean", "log_var"), dtype="mixed_float16"
    )
    decoder = conv_map_decoder((12, 12, 1), 2, widths=(4, 4), numbers=3, dtype="mixed_float16")
    mean, log_var = encoder(np.zeros((2, 12, 12, 1), "float32"))
    assert mean.shape == log_var.shape == (2, 3, 3, 2) and mean.dtype == "float32"
    assert decoder(mean).shape == (2, 12, 12, 3) and decoder(mean).dtype == "float32"
    assert encoder.get_layer("stage_1").compute_dtype == "float16"


def test_a_place_of_the_code_is_about_its_place_in_the_image():
    keras.utils.set_random_seed(0)
    encoder = conv_map_encoder((64, 64, 1), 2, widths=(4, 4))
    x = np.zeros((2, 64, 64, 1), "float32")
    x[1, 0, 0] = 1.0
    code = encoder(x).numpy()
    differs = np.any(code[0] != code[1], axis=-1)
    assert differs[0, 0] and not differs[5:].any() and not differs[:, 5:].any()


def test_dense_layers_make_a_row_of_vectors():
    encoder = dense_group_encoder((30,), latent_dim=4, groups=6, widths=(8,))
    decoder = dense_group_decoder((30,), latent_dim=4, groups=6, widths=(8,))
    assert encoder.output_shape == decoder.input_shape == (None, 6, 4)
    assert decoder.output_shape == (None, 30)
    # The vectors are cut from one of all their entries, in order.
    x = np.random.default_rng(0).normal(size=(2, 30)).astype("float32")
    flat = keras.Model(encoder.input, encoder.get_layer("z").output)
    np.testing.assert_array_equal(encoder(x), np.reshape(flat(x), (2, 6, 4)))


@pytest.mark.parametrize("make", [conv_map_encoder, conv_map_decoder])
def test_what_is_no_image_is_refused(make):
    with pytest.raises(ValueError, match="at least 8"):
        make((30,), 2)
    with pytest.raises(ValueError, match="`latent_dim` must be a whole number"):
        make((12, 12, 1), 0)
