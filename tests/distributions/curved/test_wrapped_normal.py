"""The wrapped normal, integrated over the ball, and its walks there and back."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from keras_genae.distributions import DiagonalNormal, PoincareBall, WrappedNormal


@pytest.mark.parametrize("curvature", [0.3, 1.0, 2.5])
def test_the_density_adds_up_to_1_over_the_ball(curvature):
    root = np.sqrt(curvature)
    mean = (np.array([[0.5, -0.3]]) / root).astype("float32")
    normal = WrappedNormal(PoincareBall(curvature), mean, np.array([[-0.5, 0.4]], "float32"))
    # In polar coordinates around 0 a ring at the distance r is sinh(√c·r) / √c wide.
    radius = np.linspace(0.0, 11.0 / root, 801)[1:, None]
    turn = np.linspace(0.0, 2.0 * np.pi, 361)[None, :-1]
    length = np.tanh(0.5 * root * radius) / root
    z = np.stack([length * np.cos(turn), length * np.sin(turn)], axis=-1).astype("float32")
    density = np.exp(np.float64(normal.log_prob(z))) * np.sinh(root * radius) / root
    total = density.sum() * (radius[1, 0] - radius[0, 0]) * (turn[0, 1] - turn[0, 0])
    assert total == pytest.approx(1.0, abs=1e-3)


def test_a_walk_can_be_walked_back_and_is_as_long_as_its_step(rng):
    ball = PoincareBall(1.0)
    start = 0.15 * rng.normal(size=(200, 3)).astype("float32")
    step = rng.normal(size=(200, 3)).astype("float32")
    end = ball.walk(start, step)
    np.testing.assert_allclose(ball.steps(start, end), step, rtol=1e-3, atol=1e-3)
    # The distance of the ball: arcosh(1 + 2‖x − y‖² / ((1 − ‖x‖²)(1 − ‖y‖²))).
    x, y = np.float64(start), np.float64(end)
    ratio = np.sum((x - y) ** 2, 1) / ((1 - np.sum(x**2, 1)) * (1 - np.sum(y**2, 1)))
    np.testing.assert_allclose(np.arccosh(1 + 2 * ratio), np.linalg.norm(step, axis=1), rtol=1e-3)


def test_the_draws_are_those_of_the_density():
    mean = np.tile(np.array([[0.4, 0.2]], "float32"), (20_000, 1))
    normal = WrappedNormal(PoincareBall(1.0), mean, np.zeros_like(mean) - 1.0)
    z = normal.sample(seed=0)
    assert np.linalg.norm(z, axis=1).max() < 1.0
    # The step from the mean is normal, and E[1 / density] over a disc is its area.
    distance = np.linalg.norm(normal.ball.steps(mean, z), axis=1)
    assert stats.kstest(distance, stats.chi(2, scale=np.exp(-0.5)).cdf).pvalue > 0.01
    inside = distance < 0.8
    area = np.mean(np.where(inside, np.exp(-np.float64(normal.log_prob(z))), 0.0))
    assert area == pytest.approx(2.0 * np.pi * (np.cosh(0.8) - 1.0), rel=0.05)


def test_almost_flat_it_is_the_normal_distribution(rng):
    mean, log_var = rng.normal(size=(2, 5, 3)).astype("float32")
    v = rng.normal(size=(5, 3)).astype("float32")
    flat = WrappedNormal(PoincareBall(1e-6), 0.5 * mean, log_var)
    normal = DiagonalNormal(mean, log_var)
    np.testing.assert_allclose(flat.log_prob(0.5 * v), normal.log_prob(v), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(2.0 * flat.sample(seed=0), normal.sample(seed=0), atol=1e-3)


def test_at_the_mean_and_at_the_rim_all_is_finite():
    ball = PoincareBall(1.0)
    z = tf.constant([[0.0, 0.0], [0.3, 0.1], [5.0, 5.0]])
    with tf.GradientTape() as tape:
        tape.watch(z)
        inside = ball.inside(z)
        mean = tf.constant([[0.0, 0.0], [0.3, 0.1], [-0.9, 0.0]])
        log_prob = WrappedNormal(ball, mean, tf.zeros((3, 2))).log_prob(inside)
    assert np.isfinite(log_prob).all() and np.isfinite(tape.gradient(log_prob, z)).all()
    far = ball.walk(tf.zeros((1, 2)), tf.constant([[1e6, 0.0]]))
    assert float(far[0, 0]) < 1.0


@pytest.mark.parametrize("curvature", [0.3, 2.5])
def test_the_step_to_a_point_is_the_walk_back_and_ends_within_the_rim(curvature, rng):
    ball = PoincareBall(curvature)
    z = rng.normal(size=(200, 3)).astype("float32") / np.sqrt(curvature)
    length = np.linalg.norm(np.float64(z), axis=1, keepdims=True)
    within = np.sqrt(curvature) * length < 0.99
    steps = np.asarray(ball.step_to(z))
    for at, expected in (
        (within, ball.steps(np.zeros_like(z), z)),
        # All that is outside is as far away, to the last digits.
        (length > 1.0 / np.sqrt(curvature), z / length * 2.0 * np.arctanh(1.0 - 1e-4) / ball.root),
    ):
        np.testing.assert_allclose(steps[at[:, 0]], np.asarray(expected)[at[:, 0]], rtol=2e-5)
