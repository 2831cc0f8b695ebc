import numpy as np
import pytest
from sample_data import blobs

from keras_genae.evaluation.generation import generation_quality, generation_table
from keras_genae.evaluation.generation.frechet import frechet_distance
from keras_genae.evaluation.generation.kernel_distance import kernel_distance

SHAPE = (16, 16, 1)


def test_the_distances_are_those_of_the_functions(rng):
    real, generated = rng.normal(size=(80, 3)), rng.normal(0.5, 1, size=(60, 3))
    quality = generation_quality(real, generated)
    assert quality["frechet_distance"] == pytest.approx(frechet_distance(real, generated))
    kernel = quality["kernel_distance"], quality["kernel_deviation"]
    assert kernel == pytest.approx(kernel_distance(real, generated))
    assert (quality["real_count"], quality["generated_count"]) == (80, 60)
    assert quality["features"] == "the data themselves"


def test_good_samples_are_near_the_floor_and_bad_ones_are_not():
    real, good = blobs(200, SHAPE, seed=0), blobs(200, SHAPE, seed=1)
    bad = np.random.default_rng(0).random((200, *SHAPE))
    near, far = generation_quality(real, good), generation_quality(real, bad)
    assert near["frechet_distance"] < 1.5 * near["floor_frechet_distance"]
    assert far["frechet_distance"] > 20 * far["floor_frechet_distance"]
    assert near["coverage"] > 0.9 and far["coverage"] == 0.0
    assert near["precision"] > 0.9 and far["precision"] == 0.0


def test_features_of_ones_own():
    def brightness(images):
        return images.mean(axis=(1, 2))

    real, generated = blobs(50, SHAPE), blobs(50, SHAPE, seed=1)
    quality = generation_quality(real, generated, features=brightness, batch_size=16)
    by_hand = frechet_distance(brightness(real), brightness(generated))
    assert quality["frechet_distance"] == pytest.approx(by_hand, rel=1e-5)
    assert quality["features"] == "brightness"


def test_the_table_has_counts_and_floors(rng):
    real, generated = rng.normal(size=(80, 3)), rng.normal(size=(60, 3))
    quality = generation_quality(real, generated)
    text = generation_table(quality)
    assert "60 generated beside 80 real" in text
    for name in ("frechet_distance", "floor_frechet_distance", "floor_kernel_distance"):
        assert f"{quality[name]:.4g}" in text


def test_too_few_examples():
    with pytest.raises(ValueError, match="At least 12 examples"):
        generation_quality(blobs(50, SHAPE), blobs(11, SHAPE))
