import numpy as np
import pytest

import keras_genae as genae
from keras_genae.evaluation.likelihood import elbo
from keras_genae.evaluation.likelihood.rate_distortion import (
    lower_hull,
    rate_distortion,
    rate_distortion_curve,
)

X = np.random.default_rng(0).normal(size=(50, 4)).astype("float32")


@pytest.fixture(scope="module")
def models():
    return [genae.VAE((4,), latent_dim=2, widths=(3,), seed=seed) for seed in range(3)]


def test_rate_and_distortion_add_up_to_the_negative_elbo(models):
    rate, distortion = rate_distortion(models[0], X)
    assert rate > 0.0
    assert rate + distortion == pytest.approx(-elbo(models[0], X).mean(), rel=1e-5)


def test_the_curve_is_in_the_order_of_the_models(models):
    points = rate_distortion_curve(models, X, seed=3)
    assert points.shape == (3, 2)
    for model, point in zip(models, points, strict=True):
        assert tuple(point) == rate_distortion(model, X, seed=3)


def test_corners_are_the_best_for_some_beta_and_all_of_these_are_corners(rng):
    points = rng.uniform(size=(60, 2)) ** 2
    # Between two corners the best changes where beta is the slope of the line that joins them.
    betas = np.concatenate([[0.0], np.geomspace(1e-4, 1e4, 5000)])
    best = np.argmin(points[:, 1] + betas[:, None] * points[:, 0], axis=1)
    hull = lower_hull(points)
    assert set(best) == set(hull.tolist()) and len(hull) > 3
    assert (np.diff(points[hull], axis=0) * [1, -1] > 0.0).all()


@pytest.mark.parametrize(
    ("points", "corners"),
    [
        ([[3.0, 1.0]], [0]),
        ([[2.0, 1.0], [2.0, 1.0]], [0]),  # twice the same
        ([[1.0, 5.0], [1.0, 4.0], [2.0, 4.0]], [1]),  # one beats the others
        ([[0.0, 3.0], [1.0, 2.0], [2.0, 1.0]], [0, 2]),  # one on the line between
        ([[2.0, 1.0], [0.0, 3.0], [1.0, 2.5]], [1, 0]),  # one above it
        ([[0.0, -3000.1], [0.1, -3000.2], [0.2, -3000.3]], [0, 2]),
    ],
)
def test_corners_of_small_sets(points, corners):
    assert lower_hull(points).tolist() == corners


@pytest.mark.parametrize("points", [[], [[1.0, 2.0, 3.0]], [[np.nan, 1.0]], [1.0, 2.0]])
def test_points_that_are_none_are_named(points):
    with pytest.raises(ValueError, match="`points` must be an array of shape"):
        lower_hull(points)


def test_models_that_have_no_rate_are_named():
    with pytest.raises(ValueError, match="at least one model"):
        rate_distortion_curve([], X)
    with pytest.raises(ValueError, match="`rate_distortion` needs a posterior"):
        rate_distortion(genae.Autoencoder((4,), latent_dim=2, widths=(3,)), X)
