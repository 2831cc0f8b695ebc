import numpy as np
import pytest
from sklearn.decomposition import PCA

from keras_genae.anomaly.baselines import compressed_size, energy, pca_error


def test_noise_takes_more_bytes_than_a_pattern(rng):
    noise = rng.integers(0, 256, (4, 16, 16, 1), dtype="uint8")
    pattern = np.tile(noise[:, :1], (1, 16, 1, 1))
    assert (compressed_size(noise) > 2 * compressed_size(pattern)).all()
    # Floats are compressed as the bytes they stand for.
    np.testing.assert_array_equal(compressed_size(noise / 255.0), compressed_size(noise))


def test_energy_of_bytes_is_that_of_floats(rng):
    images = rng.integers(0, 256, (4, 5, 6, 3), dtype="uint8")
    expected = np.square(images / 255.0).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(energy(images), expected, rtol=1e-5)


def test_the_linear_error_is_that_of_scikit_learn(rng):
    training, x = rng.normal(size=(2, 60, 8)) @ rng.normal(size=(8, 8))
    linear = PCA(3).fit(training)
    expected = np.square(x - linear.inverse_transform(linear.transform(x))).mean(axis=1)
    np.testing.assert_allclose(pca_error(training, x, components=3), expected)
    np.testing.assert_allclose(pca_error(training, x, components=99), 0.0, atol=1e-12)


def test_images_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="16 entries in `training`, 25 in `x`"):
        pca_error(np.zeros((5, 4, 4, 1)), np.zeros((5, 5, 5, 1)))
