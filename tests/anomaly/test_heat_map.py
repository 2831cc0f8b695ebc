import numpy as np
import pytest

from keras_genae.anomaly.heat_map import HeatMap


def test_the_peak_is_where_the_patch_was_put(vae, normal, odd):
    heat = HeatMap().fit(vae, normal)(vae, odd)
    assert heat.shape == odd.shape[:3]
    places = np.array([np.unravel_index(image.argmax(), image.shape) for image in heat])
    inside = (np.abs(places - [2, 9]) <= 1).all(axis=1)
    assert inside.mean() > 0.9


def test_normal_images_are_about_1_everywhere(vae, normal):
    heat = HeatMap().fit(vae, normal[:150])(vae, normal[150:])
    assert 0.5 < heat.mean() < 1.5
    # Each pixel has its own standard: none is hot on average.
    assert heat.mean(axis=0).max() < 3.0


def test_vectors_have_no_map(vae):
    with pytest.raises(ValueError, match="picture"):
        HeatMap().fit(vae, np.zeros((5, 144), "float32"))
