import numpy as np
import pytest
import tensorflow as tf
from divergences_by_hand import sliced_wasserstein_by_hand

from keras_genae.divergences import sliced_wasserstein


@pytest.mark.parametrize("is_weighted", [False, True])
def test_it_is_the_integral_over_quantiles(is_weighted, rng):
    x, directions = rng.normal(0.5, 2.0, size=(9, 3)), rng.normal(size=(4, 3))
    weight = rng.random(9) if is_weighted else None
    found = float(sliced_wasserstein(x, directions, weight))
    assert found == pytest.approx(sliced_wasserstein_by_hand(x, directions, weight), abs=1e-3)


def test_normals_have_a_closed_form(rng):
    # Between N(m, s²) and N(0, 1) W₂² is m² + (s − 1)².
    mean, s = np.array([0.5, -1.0, 0.2]), 0.4
    x, directions = mean + s * rng.normal(size=(20_000, 3)), rng.normal(size=(30, 3))
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    exact = np.mean((unit @ mean) ** 2) + (s - 1) ** 2
    assert float(sliced_wasserstein(x, directions)) == pytest.approx(exact, rel=0.02)


def test_the_lengths_of_directions_do_not_matter(rng):
    x, directions = rng.normal(size=(9, 3)), rng.normal(size=(4, 3))
    longer = directions * np.array([[0.1], [1.0], [7.0], [-3.0]])
    expected = float(sliced_wasserstein(x, directions))
    assert float(sliced_wasserstein(x, longer)) == pytest.approx(expected, rel=1e-4)


def test_weights_are_examples(rng):
    x, directions = rng.normal(size=(6, 2)), rng.normal(size=(5, 2))
    expected = float(sliced_wasserstein(x[[0, 0, 1, 2, 3]], directions))
    x[4:] = 1e3
    weighted = sliced_wasserstein(x, directions, [2.0, 1.0, 1.0, 1.0, 0.0, 0.0])
    assert float(weighted) == pytest.approx(expected, rel=1e-4)


def test_the_gradient_pulls_each_row_to_its_quantiles():
    # Of two rows: to the means of the lower and the upper half of N(0, 1), ∓√(2/π).
    half = np.sqrt(2 / np.pi)
    x = tf.Variable([[3.0], [-1.0]])
    with tf.GradientTape() as tape:
        distance = sliced_wasserstein(x, [[2.0]])
    gradient = tape.gradient(distance, x)
    np.testing.assert_allclose(gradient, [[3.0 - half], [-1.0 + half]], rtol=1e-4)


def test_degenerate_samples_are_finite():
    directions = np.eye(2)
    assert float(sliced_wasserstein(np.zeros((5, 2)), directions)) == pytest.approx(1.0)
    assert float(sliced_wasserstein(np.array([[3.0, 4.0]]), directions)) == pytest.approx(13.5)
    assert np.isfinite(float(sliced_wasserstein(np.ones((3, 2)), directions, np.zeros(3))))
    assert np.isfinite(float(sliced_wasserstein(1e6 * np.ones((3, 2)), directions)))
