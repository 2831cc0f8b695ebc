import numpy as np
import pytest
import tensorflow as tf
from scipy.special import logsumexp

from keras_genae.distributions.importance_weights import (
    doubly_reparametrised,
    log_mean_weight,
    shares,
    with_gradient_of,
)


@pytest.fixture
def log_weights(rng):
    # Far below what exp can hold, and far apart, as those of images are.
    return (30.0 * rng.normal(size=(5, 12)) - 700.0).astype("float32")


@pytest.mark.parametrize("groups", [1, 3, 12])
def test_the_bound_is_the_mean_over_groups_of_the_log_of_the_mean_weight(groups, log_weights):
    by_hand = np.mean(
        [
            logsumexp(np.float64(part), axis=1) - np.log(12 // groups)
            for part in np.split(log_weights, groups, axis=1)
        ],
        axis=0,
    )
    np.testing.assert_allclose(log_mean_weight(log_weights, groups), by_hand, rtol=1e-6)


def test_each_draw_a_group_of_its_own_is_the_elbo(log_weights):
    found = log_mean_weight(log_weights, groups=12)
    np.testing.assert_allclose(found, log_weights.mean(axis=1), rtol=1e-6)


def test_fewer_groups_of_the_same_draws_are_never_worse(log_weights):
    bounds = [log_mean_weight(log_weights, groups).numpy() for groups in (12, 6, 3, 1)]
    assert np.all(np.diff(bounds, axis=0) > 0.0)


@pytest.mark.parametrize("groups", [1, 3])
def test_shares_are_the_derivative_of_the_bound(groups, log_weights):
    log_weights = tf.constant(log_weights)
    with tf.GradientTape() as tape:
        tape.watch(log_weights)
        bound = log_mean_weight(log_weights, groups)
    found = shares(log_weights, groups)
    np.testing.assert_allclose(found, tape.gradient(bound, log_weights), rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(np.sum(found, axis=1), 1.0, rtol=1e-6)


@pytest.mark.parametrize(("groups", "beta"), [(1, 1.0), (3, 1.0), (3, 0.4), (1, 0.0)])
def test_the_second_reparametrisation_squares_the_shares(groups, beta, log_weights):
    log_weights = tf.constant(log_weights)
    with tf.GradientTape() as tape:
        tape.watch(log_weights)
        bound = doubly_reparametrised(log_weights, groups, beta)
    np.testing.assert_allclose(bound, log_mean_weight(log_weights, groups), rtol=1e-6)
    share = groups * shares(log_weights, groups).numpy()  # 1 within each group
    expected = (beta * share**2 + (1.0 - beta) * share) / groups
    np.testing.assert_allclose(tape.gradient(bound, log_weights), expected, rtol=1e-4, atol=1e-9)


def test_a_value_takes_over_another_gradient():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = with_gradient_of(5.0 * x, x**2)
    assert float(value) == 15.0 and float(tape.gradient(value, x)) == 11.0
