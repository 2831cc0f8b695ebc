import itertools

import numpy as np
import pytest
import tensorflow as tf

from keras_genae.layers.quantisers import FiniteScalarQuantiser


def grid(levels):
    """All points, the first entry fastest."""
    axes = [np.linspace(-1.0, 1.0, count) for count in levels]
    return np.array([point[::-1] for point in itertools.product(*axes[::-1])])


@pytest.mark.parametrize("levels", [(8, 5, 5, 5), (4, 3, 5), (2,), (7, 2)])
def test_it_is_the_nearest_point_of_the_grid(rng, levels):
    layer = FiniteScalarQuantiser(levels)
    points = grid(levels)
    assert layer.size == len(points) and layer.dim == len(levels)
    h = rng.normal(0, 1.5, (5, 40, len(levels))).astype("float32")
    bounded = np.tanh(np.float64(h))
    by_hand = ((bounded[..., None, :] - points) ** 2).sum(-1).argmin(-1)
    code = layer.quantise(h)
    np.testing.assert_array_equal(code.indices, by_hand)
    np.testing.assert_allclose(code.z, points[by_hand], atol=1e-6)


def test_every_index_is_a_code_that_an_encoder_can_reach():
    layer = FiniteScalarQuantiser((8, 5, 5, 5))
    indices = np.arange(1000, dtype="int32")
    points = np.array(layer.codes_of(indices))
    np.testing.assert_allclose(points, grid((8, 5, 5, 5)), atol=1e-6)
    h = np.arctanh(np.clip(points, -0.999, 0.999)).astype("float32")
    np.testing.assert_array_equal(layer.quantise(h).indices, indices)


def test_the_gradient_is_that_of_tanh(rng):
    h = tf.Variable(rng.normal(size=(3, 2, 2)).astype("float32"))
    with tf.GradientTape() as tape:
        z = FiniteScalarQuantiser((5, 4)).quantise(tf.convert_to_tensor(h)).z
        loss = tf.reduce_sum(3.0 * z)
    np.testing.assert_allclose(tape.gradient(loss, h), 3.0 / np.cosh(h) ** 2, rtol=1e-4)
