import keras
import numpy as np
import pytest

from keras_genae.networks.patch_discriminator import patch_discriminator


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


def test_small_and_odd_images_and_precision():
    assert patch_discriminator((9, 8, 3), widths=(2, 2, 2)).output_shape == (None, 2, 1, 1)
    network = patch_discriminator((8, 8, 1), widths=(2,), dtype="mixed_float16")
    assert network.get_layer("stage_1").compute_dtype == "float16"
    assert network.get_layer("logits").compute_dtype == "float32"
    with pytest.raises(ValueError, match="at least 8"):
        patch_discriminator((16,))
    with pytest.raises(ValueError, match="`widths` must name at least one layer"):
        patch_discriminator((8, 8, 1), widths=())
