import numpy as np
import pytest
from sample_data import blobs
from scipy.stats import wasserstein_distance

from keras_genae.evaluation.generation.patches import (
    PatchProjections,
    patch_distance,
    sliced_wasserstein_distance,
)
from keras_genae.evaluation.generation.pyramid import laplacian_pyramid


def test_along_each_direction_it_is_the_wasserstein_distance(rng):
    real, generated = rng.normal(size=(2, 20, 2, 3, 4)) * rng.uniform(0.5, 2.0, (2, 1, 2, 1, 4))
    expected = [
        wasserstein_distance(real[:, level, :, k].ravel(), generated[:, level, :, k].ravel())
        for level in range(2)
        for k in range(4)
    ]
    distance = sliced_wasserstein_distance(real, generated)
    assert distance == pytest.approx(np.mean(expected))
    # A set repeated is the same distribution.
    assert sliced_wasserstein_distance(real.repeat(3, axis=0), real) == 0.0


@pytest.mark.parametrize("shape", [(8, 8, 1), (9, 13, 3), (28, 28, 1), (64, 50, 2)])
def test_projections_are_an_images_own(shape):
    images = blobs(5, shape)
    found = PatchProjections(seed=1)(images, batch_size=2)
    assert found.shape == (5, len(laplacian_pyramid(images)), 16, 128)
    np.testing.assert_allclose(PatchProjections(seed=1)(images[3:4]), found[3:4], atol=1e-5)
    assert np.abs(PatchProjections(seed=2)(images) - found).max() > 0.01


def test_projections_keep_the_scale_of_the_pixels():
    # Independent pixels: along a direction of length 1 they vary as one pixel does.
    images = np.random.default_rng(0).normal(0.5, 0.05, (300, 8, 8, 1)).astype("float32")
    deviations = PatchProjections()(images).std(axis=0)
    assert deviations.mean() == pytest.approx(0.05, rel=0.1)


def test_a_pyramid_loses_nothing():
    images = np.random.default_rng(0).random((2, 33, 20, 3), dtype="float32")
    top, bottom = laplacian_pyramid(images)
    assert top.shape == images.shape and bottom.shape == (2, 17, 10, 3)
    # What the levels add up to, undone in the order in which it was made.
    assert abs(float(top.mean())) < 0.01
    assert float(bottom.mean()) == pytest.approx(float(images.mean()), abs=0.02)


def test_images_of_different_sizes_are_refused():
    with pytest.raises(ValueError, match="one size"):
        patch_distance(blobs(3, (16, 16, 1)), blobs(3, (8, 8, 1)))
    with pytest.raises(ValueError, match="at least 8"):
        patch_distance(*np.zeros((2, 3, 7, 7, 1)))
