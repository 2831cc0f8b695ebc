import numpy as np
import pytest
from sample_data import blobs

from keras_genae.evaluation.generation.pixel_features import PixelFeatures


def test_variances_of_the_real_images_add_up_to_one():
    images = np.random.default_rng(0).random((40, 8, 8, 1), dtype="float32")
    features = PixelFeatures(images)(images)
    # 39 components hold all that 40 images vary by; the last number is the contrast.
    assert features.shape == (40, 40)
    assert features[:, :-1].var(axis=0).sum() == pytest.approx(1.0, rel=1e-4)


def test_distances_are_those_of_the_pixels():
    images = np.random.default_rng(0).random((40, 8, 8, 1), dtype="float32")
    features = PixelFeatures(images)(images)
    pixels = images.reshape(40, -1) / np.sqrt(np.var(images, axis=0).mean())
    apart = np.linalg.norm(features[0, :-1] - features[1, :-1])
    assert apart == pytest.approx(np.sqrt(np.mean(np.square(pixels[0] - pixels[1]))), rel=1e-4)


def test_an_images_features_are_its_own():
    images = blobs(30, (16, 20, 3))
    features = PixelFeatures(images, count=5)
    np.testing.assert_allclose(features(images[:1]), features(images)[:1], atol=1e-5)
    as_bytes = np.rint(255 * images).astype("uint8")
    np.testing.assert_allclose(features(as_bytes), features(as_bytes / 255.0), atol=1e-5)


def test_repeated_images_have_as_many_components_as_their_variety():
    images = np.repeat(blobs(3, (8, 8, 1)), 10, axis=0)
    assert PixelFeatures(images)(images).shape == (30, 2 + 1)


def test_what_has_no_components_is_refused():
    for images in (np.ones((5, 8, 8, 1)), blobs(1, (8, 8, 1))):
        with pytest.raises(ValueError, match=r"all equal.*Received"):
            PixelFeatures(images)
    with pytest.raises(ValueError, match="shape of those"):
        PixelFeatures(blobs(5, (8, 16, 1)))(blobs(5, (16, 8, 1)))
