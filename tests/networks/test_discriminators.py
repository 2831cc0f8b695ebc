import keras
import numpy as np
import pytest

from keras_genae.networks.discriminators import (
    code_discriminator,
    image_discriminator,
    patch_discriminator,
)


def test_a_discriminator_of_codes_has_the_widths_it_is_given():
    network = code_discriminator(3, (8, 6), "mixed_float16")
    assert [layer.units for layer in network.layers] == [8, 6, 1]
    assert network.layers[0].compute_dtype == "float16"
    assert keras.backend.standardize_dtype(network(np.zeros((2, 3))).dtype) == "float32"


@pytest.mark.parametrize(
    ("widths", "features"),
    [((4,), (2, 7, 5, 4)), ((4, 6), (2, 7, 5, 4)), ((4, 6, 8), (2, 4, 3, 6))],
)
def test_a_discriminator_of_images_shows_its_last_stage_but_one(widths, features):
    network = image_discriminator((13, 9, 1), widths, "mixed_float16")
    maps, log_ratio = network(np.zeros((2, 13, 9, 1), "float32"))
    assert tuple(maps.shape) == features and tuple(log_ratio.shape) == (2, 1)
    assert keras.backend.standardize_dtype(log_ratio.dtype) == "float32"


def test_a_place_sees_its_patch_and_no_more():
    keras.utils.set_random_seed(0)
    network = patch_discriminator((64, 48, 1), widths=(4, 4))
    x = np.zeros((2, 64, 48, 1), "float32")
    x[1, 32, 24] = 1.0
    logits = network(x).numpy()
    assert logits.shape == (2, 16, 12, 1) and logits.dtype == "float32"
    rows, columns = np.nonzero((logits[0] != logits[1])[..., 0])
    # A patch is 18 pixels wide and the next one 4 farther: five of them can hold a pixel.
    assert 3 <= np.ptp(rows) + 1 <= 5 and 3 <= np.ptp(columns) + 1 <= 5
    # Alone or beside another image: there is no normalisation.
    np.testing.assert_allclose(network(x[1:]), logits[1:], atol=1e-6)


def test_patches_of_small_and_odd_images_and_precision():
    assert patch_discriminator((9, 8, 3), widths=(2, 2, 2)).output_shape == (None, 2, 1, 1)
    network = patch_discriminator((8, 8, 1), widths=(2,), dtype="mixed_float16")
    assert network.get_layer("stage_1").compute_dtype == "float16"
    assert network.get_layer("logits").compute_dtype == "float32"
    with pytest.raises(ValueError, match="at least 8"):
        patch_discriminator((16,))
    with pytest.raises(ValueError, match="`widths` must name at least one layer"):
        patch_discriminator((8, 8, 1), widths=())
