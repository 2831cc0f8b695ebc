import keras
import numpy as np
import pytest
from sample_data import blobs

from keras_genae.evaluation.generation.features import InceptionFeatures, RandomFeatures
from keras_genae.evaluation.generation.frechet import frechet_distance


@pytest.fixture(scope="module")
def features():
    return RandomFeatures()


@pytest.mark.parametrize("shape", [(8, 8, 1), (9, 13, 3), (28, 28, 1), (64, 64, 3)])
def test_any_image_has_64_features(features, shape):
    images = blobs(5, shape)
    found = features(images)
    assert found.shape == (5, 64) and np.isfinite(found).all()
    # An image's features are its own: no batch, no type changes them.
    np.testing.assert_allclose(features(images[:1]), found[:1], rtol=1e-3, atol=1e-5)
    as_bytes = np.rint(255 * images).astype("uint8")
    np.testing.assert_allclose(features(as_bytes), features(as_bytes / 255.0), atol=1e-5)


def test_they_do_not_depend_on_the_seed_of_keras(features):
    images = blobs(3, (16, 16, 3))
    keras.utils.set_random_seed(99)
    np.testing.assert_array_equal(RandomFeatures()(images), features(images))


def test_grey_is_colour_of_three_equal_channels(features):
    grey = blobs(4, (16, 16, 1))
    np.testing.assert_array_equal(features(grey), features(np.repeat(grey, 3, axis=-1)))


def blurred(images):
    return 0.25 * sum(
        np.roll(images, shift, axis=(1, 2)) for shift in ((0, 0), (1, 0), (0, 1), (1, 1))
    )


@pytest.mark.parametrize(
    "spoil",
    [
        blurred,
        lambda images: images[:, ::-1],
        lambda images: images[..., ::-1],
        lambda images: np.clip(images + 0.1, 0, 1),
    ],
    ids=["blur", "upside down", "other colours", "brighter"],
)
def test_the_distance_sees_what_a_person_sees(features, spoil):
    # Bright spots in the upper half, in reddish colours, with a fine grain.
    rng = np.random.default_rng(0)

    def draw(seed):
        images = blobs(300, (32, 32, 3), seed) * np.array([1.0, 0.6, 0.3])
        images[:, 16:] *= 0.2
        return np.clip(images + rng.normal(0, 0.05, images.shape), 0, 1).astype("float32")

    real, other = draw(0), draw(1)
    floor = frechet_distance(features(real), features(other))
    assert frechet_distance(features(real), features(spoil(other))) > 2 * floor


def test_what_has_no_features_is_refused(features):
    with pytest.raises(ValueError, match="grey or colour"):
        features(np.zeros((2, 8, 8, 2)))
    with pytest.raises(ValueError, match="at least 8"):
        features(np.zeros((2, 4, 4, 1)))


def test_missing_weights_are_named_and_not_downloaded(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"not downloaded unasked.*inception_v3"):
        InceptionFeatures()


@pytest.mark.slow
def test_inception_features_by_weights_on_the_disk(tmp_path):
    # Random weights in a file of the right form: the way is tried, not the network.
    network = keras.applications.InceptionV3(
        include_top=False, weights=None, pooling="avg", input_shape=(299, 299, 3)
    )
    network.save_weights(tmp_path / "inception.weights.h5")
    features = InceptionFeatures(tmp_path / "inception.weights.h5")
    assert features(blobs(2, (16, 16, 1))).shape == (2, 2048)
