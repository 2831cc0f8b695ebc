import numpy as np
import pytest
from sample_data import blobs

from keras_genae.evaluation.generation import (
    QUESTIONS,
    PixelFeatures,
    classifier_separation,
    frechet_distance,
    generation_quality,
    generation_table,
    patch_distance,
)

SHAPE = (16, 16, 1)


def test_the_distances_are_those_of_the_functions():
    real, generated = blobs(80, SHAPE), blobs(60, SHAPE, seed=1)
    features = PixelFeatures(real)
    pair = features(real), features(generated)
    quality = generation_quality(real, generated, seed=3)
    assert quality["frechet_distance"] == pytest.approx(frechet_distance(*pair))
    assert quality["classifier_separation"] == pytest.approx(classifier_separation(*pair, seed=3))
    assert quality["patch_distance"] == pytest.approx(patch_distance(real, generated, seed=3))
    assert (quality["real_count"], quality["generated_count"]) == (80, 60)
    assert quality["features"] == features.name


def test_good_samples_are_near_the_floor_and_bad_ones_are_not():
    real, good = blobs(200, SHAPE, seed=0), blobs(200, SHAPE, seed=1)
    bad = np.random.default_rng(0).random((200, *SHAPE))
    near, far = generation_quality(real, good), generation_quality(real, bad)
    # The Fréchet distance is squared, the other is not.
    for name, times in (("patch_distance", 10), ("frechet_distance", 20)):
        assert near[name] < 1.5 * near[f"floor_{name}"]
        assert far[name] > times * far[f"floor_{name}"]
    assert abs(near["classifier_separation"]) < 0.3 and far["classifier_separation"] > 3
    assert near["coverage"] > 0.9 and far["coverage"] == 0.0
    assert near["precision"] > 0.9 and far["precision"] == 0.0


def test_few_images_repeated_are_seen_by_the_frechet_distance_and_coverage():
    real, good = blobs(200, SHAPE, seed=0), blobs(200, SHAPE, seed=1)
    whole, few = (generation_quality(real, x) for x in (good, np.tile(good[:5], (40, 1, 1, 1))))
    assert few["frechet_distance"] > 5 * whole["frechet_distance"]
    assert few["coverage"] < 0.3 < whole["coverage"]


def test_vectors_are_measured_as_they_are(rng):
    real, generated = rng.normal(size=(80, 3)), rng.normal(0.5, 1, size=(60, 3))
    quality = generation_quality(real, generated)
    assert quality["frechet_distance"] == pytest.approx(frechet_distance(real, generated))
    assert quality["features"] == "the data themselves"
    assert "patch_distance" not in quality


def test_features_of_ones_own():
    def brightness(images):
        return images.mean(axis=(1, 2))

    real, generated = blobs(50, SHAPE), blobs(50, SHAPE, seed=1)
    quality = generation_quality(real, generated, features=brightness, batch_size=16)
    by_hand = frechet_distance(brightness(real), brightness(generated))
    assert quality["frechet_distance"] == pytest.approx(by_hand, rel=1e-5)
    assert quality["features"] == "brightness"


def test_datasets_and_bytes_are_measured_as_arrays_are():
    tf = pytest.importorskip("tensorflow")
    real, generated = (np.rint(255 * blobs(40, SHAPE, i)).astype("uint8") for i in (0, 1))
    of_arrays = generation_quality(real / np.float32(255), generated / np.float32(255))
    datasets = (tf.data.Dataset.from_tensor_slices(x).batch(7) for x in (real, generated))
    of_datasets = generation_quality(*datasets)
    assert of_datasets.pop("features") == of_arrays.pop("features")
    assert of_datasets == pytest.approx(of_arrays, rel=1e-3, abs=1e-5)


def test_the_table_has_margins_and_floors():
    quality = generation_quality(blobs(80, SHAPE), blobs(60, SHAPE, seed=1))
    text = generation_table(quality)
    assert "60 generated beside 80 real" in text and "two halves of 40 real" in text
    for name, question in QUESTIONS.items():
        assert question in text
        assert f"{quality[name]:.4g} ± {quality[f'{name}_margin']:.2g}" in text
        assert f"floor {quality[f'floor_{name}']:.4g}" in text


@pytest.mark.parametrize("shape", [(8, 8, 1), (9, 13, 3), (8, 40, 2)])
def test_any_image_of_any_size_with_as_few_as_are_accepted(shape):
    quality = generation_quality(blobs(12, shape), blobs(12, shape, seed=1))
    assert all(np.isfinite(v) for v in quality.values() if not isinstance(v, str))


def test_what_cannot_be_measured_is_refused():
    for count in (11, 1, 0):
        with pytest.raises(ValueError, match=r"At least 12 examples|no example"):
            generation_quality(blobs(50, SHAPE), blobs(count, SHAPE))
    with pytest.raises(ValueError, match="all equal"):
        generation_quality(np.ones((20, *SHAPE)), blobs(20, SHAPE))
    with pytest.raises(ValueError, match="one shape"):
        generation_quality(blobs(20, SHAPE), blobs(20, (16, 16, 3)))
    with pytest.raises(ValueError, match="finite"):
        generation_quality(blobs(20, SHAPE), np.full((20, *SHAPE), np.nan))
