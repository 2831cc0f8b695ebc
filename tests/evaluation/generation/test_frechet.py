import numpy as np
import pytest
from scipy.linalg import sqrtm

from keras_genae.evaluation.generation.frechet import (
    frechet_distance,
    frechet_distance_of_gaussians,
)


def covariance(rng, size):
    a = rng.normal(size=(size, size))
    return a @ a.T


def test_it_is_the_formula_with_a_matrix_square_root(rng):
    mean1, mean2 = rng.normal(size=(2, 5))
    cov1, cov2 = covariance(rng, 5), covariance(rng, 5)
    by_hand = np.sum((mean1 - mean2) ** 2) + np.trace(cov1 + cov2 - 2 * sqrtm(cov1 @ cov2).real)
    assert frechet_distance_of_gaussians(mean1, cov1, mean2, cov2) == pytest.approx(by_hand)


def test_of_independent_units_it_is_a_sum_of_squares(rng):
    # Between N(m₁, s₁²) and N(m₂, s₂²) it is (m₁ − m₂)² + (s₁ − s₂)².
    means, deviations = rng.normal(size=(2, 4)), rng.uniform(0.1, 3, size=(2, 4))
    by_hand = np.sum((means[0] - means[1]) ** 2 + (deviations[0] - deviations[1]) ** 2)
    covariances = [np.diag(d**2) for d in deviations]
    found = frechet_distance_of_gaussians(means[0], covariances[0], means[1], covariances[1])
    assert found == pytest.approx(by_hand)


def test_of_samples_it_comes_near_that_of_the_distributions(rng):
    mean, cov = np.array([1.0, 0.0, 0.0]), np.diag([1.0, 4.0, 0.25])
    real = rng.standard_normal((20_000, 3))
    generated = rng.multivariate_normal(mean, cov, 20_000)
    exact = frechet_distance_of_gaussians(np.zeros(3), np.eye(3), mean, cov)
    assert frechet_distance(real, generated) == pytest.approx(exact, rel=0.05)


def test_it_is_symmetric_and_does_not_see_the_order(rng):
    a, b = rng.normal(size=(60, 4)), rng.normal(0.3, 1.2, size=(50, 4))
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a))
    assert frechet_distance(a[::-1], b) == pytest.approx(frechet_distance(a, b))
    assert frechet_distance(a, a) == pytest.approx(0.0, abs=1e-9)


def test_fewer_examples_than_features_do(rng):
    a = rng.normal(size=(5, 30))
    assert frechet_distance(a, a + 1.0) == pytest.approx(30.0)


@pytest.mark.parametrize(
    ("a", "b", "named"),
    [
        (np.zeros((5, 2)), np.zeros((5, 3)), "the same features"),
        (np.zeros((1, 2)), np.zeros((5, 2)), "At least 2 examples"),
        (np.full((5, 2), np.nan), np.zeros((5, 2)), "`real` holds features that are not finite"),
        (np.zeros((5, 8, 8, 1)), np.zeros((5, 8, 8, 1)), "take features first"),
    ],
)
def test_what_cannot_be_compared_is_said(a, b, named):
    with pytest.raises(ValueError, match=named):
        frechet_distance(a, b)


def test_what_is_no_covariance_is_refused():
    with pytest.raises(ValueError, match="negative eigenvalue"):
        frechet_distance_of_gaussians([0.0], [[-1.0]], [0.0], [[1.0]])
    with pytest.raises(ValueError, match="not symmetric"):
        frechet_distance_of_gaussians([0, 0], [[1, 2], [0, 1]], [0, 0], np.eye(2))
