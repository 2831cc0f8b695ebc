import numpy as np
import pytest

from keras_genae.layers import OptimalScale

ONES = np.ones(4, "float32")


def scale_after(*batches):
    layer = OptimalScale()
    for target, mean, weight in batches:
        layer.update(target, mean, weight)
    return float(layer.variance)


@pytest.fixture
def pair(rng):
    return rng.random((4, 6, 5, 3)), rng.random((4, 6, 5, 3))


def test_the_variance_is_one_before_the_first_batch():
    assert scale_after() == 1.0


def test_the_variance_is_the_mean_squared_error(pair):
    target, mean = pair
    assert scale_after((target, mean, ONES)) == pytest.approx(np.mean((target - mean) ** 2))


def test_examples_count_by_their_weight(pair):
    target, mean = pair
    weight = np.float32([0.0, 1.0, 2.0, 0.0])
    squares = ((target - mean) ** 2).mean((1, 2, 3))
    expected = (squares[1] + 2 * squares[2]) / 3
    assert scale_after((target, mean, weight)) == pytest.approx(expected, rel=1e-5)


def test_a_batch_of_weight_zero_changes_nothing(pair):
    one = (*pair, ONES)
    zero = (pair[0] + 5.0, pair[1], 0 * ONES)
    assert scale_after(zero) == 1.0
    assert scale_after(one, zero) == pytest.approx(scale_after(one), rel=1e-6)


def test_recent_batches_count_more_by_the_momentum():
    batches = [(np.full((4, 2), error), np.zeros((4, 2)), ONES) for error in (3.0, 1.0)]
    # Weights 0.9 · 0.1 and 0.1, over their sum.
    expected = (0.9 * 9.0 + 1.0) / 1.9
    assert scale_after(*batches) == pytest.approx(expected, rel=1e-5)


def test_a_perfect_reconstruction_stops_at_the_floor(pair):
    assert scale_after((pair[0], pair[0], ONES)) == pytest.approx(1e-6)


def test_it_has_no_trainable_weights():
    layer = OptimalScale()
    assert layer.trainable_variables == [] and len(layer.weights) == 2
