import numpy as np
from keras import ops

from keras_genae.training.backend import minimise


def paraboloid(target, scale):
    return lambda values, _: ops.sum(scale * ops.square(values[0] - target), axis=1)


def test_it_finds_the_bottom_whatever_the_scale():
    target = np.array([[3.0, -1.0], [0.5, 2.0]], "float32")
    scale = np.array([[1.0, 100.0], [1e-3, 1.0]], "float32")
    start = [ops.zeros((2, 2))]
    (bottom,) = minimise(paraboloid(target, scale), start, steps=400, learning_rate=0.05)
    np.testing.assert_allclose(bottom, target, atol=0.01)


def test_one_step_moves_each_entry_by_the_learning_rate():
    loss = paraboloid(np.array([[1.0, -1.0]], "float32"), 1.0)
    # Adam's first step is the sign of the gradient times the rate.
    (moved,) = minimise(loss, [ops.zeros((1, 2))], steps=1, learning_rate=0.25)
    np.testing.assert_allclose(moved, [[0.25, -0.25]], rtol=1e-4)


def test_noise_of_the_loss_averages_out(rng):
    # The target of each step is another: 0 on average.
    noise = ops.convert_to_tensor(rng.normal(size=(500, 1, 3)), "float32")
    loss = lambda values, index: ops.sum(ops.square(values[0] - noise[index]), axis=1)  # noqa: E731
    (end,) = minimise(loss, [ops.ones((1, 3))], steps=500, learning_rate=0.05)
    assert np.abs(end).max() < 0.2 < np.abs(noise).mean()


def test_examples_do_not_depend_on_each_other():
    target = np.array([[0.0], [7.0], [-2.0]], "float32")
    start = np.array([[0.0], [1.0], [1.0]], "float32")
    (together,) = minimise(paraboloid(target, 1.0), [ops.convert_to_tensor(start)], 20, 0.1)
    assert together[0] == 0.0  # It stood at the bottom.
    for i in range(3):
        (alone,) = minimise(
            paraboloid(target[i : i + 1], 1.0), [ops.convert_to_tensor(start[i : i + 1])], 20, 0.1
        )
        np.testing.assert_allclose(alone[0], together[i], rtol=1e-5)
