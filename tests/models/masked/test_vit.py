import numpy as np
import pytest

from keras_genae.layers import TransformerBlock
from keras_genae.models.masked.vit import vit_decoder, vit_encoder


@pytest.mark.parametrize(
    ("shape", "patches"),
    [((28, 28, 1), 7 * 7), ((32, 32, 3), 8 * 8), ((64, 48, 3), 8 * 6), ((13, 9, 2), 7 * 5)],
)
def test_the_longer_side_has_about_eight_patches(shape, patches):
    encoder, decoder = (make(shape, 5, width=4, depth=1) for make in (vit_encoder, vit_decoder))
    assert encoder.output_shape == decoder.input_shape == (None, patches, 5)
    assert decoder.output_shape == (None, *shape)


def test_sizes_numbers_and_precision():
    sizes = {"width": 6, "depth": 2, "patch_size": 6, "dtype": "mixed_float16"}
    encoder = vit_encoder((12, 13, 1), 3, **sizes)
    decoder = vit_decoder((12, 13, 1), 3, numbers=4, **sizes)
    z = encoder(np.zeros((2, 12, 13, 1), "float32"))
    assert z.shape == (2, 2 * 3, 3) and z.dtype == "float32"
    raw = decoder(z)
    assert raw.shape == (2, 12, 13, 4) and raw.dtype == "float32"
    blocks = [layer for layer in encoder.layers if isinstance(layer, TransformerBlock)]
    assert len(blocks) == 2 and blocks[0].compute_dtype == "float16"
    # Four heads do not divide six entries.
    assert blocks[0].attention.num_heads == 2


def test_a_token_knows_its_place_and_its_patch():
    encoder = vit_encoder((8, 8, 1), 5, width=8, depth=1, patch_size=4)
    x = np.zeros((2, 8, 8, 1), "float32")
    x[1, 0, 0] = 1.0
    z = encoder(x).numpy()
    # All patches of the first image look alike.
    assert len(np.unique(z[0].round(3), axis=0)) == 4
    # Each place hears of all others.
    assert np.all(np.abs(z[1] - z[0]).max(axis=-1) > 1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input_shape": (16,)}, "must be .height, width, channels"),
        ({"patch_size": 8}, "below the longer side.*patch_size=8, images of 8×8"),
        ({"patch_size": 0}, "`patch_size` must be a whole number of at least 1"),
        ({"depth": 0}, "`depth` must be a whole number of at least 1"),
        ({"width": 0}, "whole number of at least 1"),
        ({"latent_dim": 0}, "`latent_dim` must be"),
    ],
)
@pytest.mark.parametrize("make", [vit_encoder, vit_decoder])
def test_what_no_network_can_be_built_from_is_named(make, arguments, message):
    with pytest.raises(ValueError, match=message):
        make(**{"input_shape": (8, 8, 1), "latent_dim": 2, **arguments})
