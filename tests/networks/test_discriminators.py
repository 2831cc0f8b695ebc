import keras
import numpy as np
import pytest

from keras_genae.networks.discriminators import code_discriminator, image_discriminator


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
