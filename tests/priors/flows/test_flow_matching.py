import math

import numpy as np
import pytest
import tensorflow as tf
from flows import RING, mass, ring, with_random_weights

from keras_genae.priors import FlowMatchingPrior, GaussianPrior
from keras_genae.priors.flows.matching import MatchingError
from keras_genae.priors.flows.velocity_field import VelocityField

# Where a normal distribution of few codes is no worse: see test_shaped.py.
pytestmark = pytest.mark.filterwarnings("ignore:On codes held out")


@pytest.fixture(scope="module")
def prior():
    return with_random_weights(FlowMatchingPrior(2, width=16))


def test_the_divergence_is_the_trace_of_the_jacobian(rng):
    field = with_random_weights(VelocityField(5, width=16))
    x = tf.constant(rng.normal(size=(8, 5)), "float32")
    t = tf.constant(rng.uniform(size=(8, 1)), "float32")
    with tf.GradientTape() as tape:
        tape.watch(x)
        velocity, divergence = field.with_divergence(x, t)
    np.testing.assert_allclose(velocity, field(x, t), atol=1e-6)
    jacobian = tape.batch_jacobian(velocity, x).numpy()
    np.testing.assert_allclose(divergence, np.trace(jacobian, axis1=1, axis2=2), atol=1e-5)
    # The part that hangs on x is there.
    assert np.std(divergence - 5 * jacobian[:, 0, 0]) > 0.1


def test_a_network_of_zeros_has_the_least_error_there_is_on_normal_codes(rng):
    # E ‖v − (x₁ − x₀)‖² is the variance of x₁ − x₀ given x_t: 1 / ((1 − t)² + t²) for each unit,
    # whose integral from 0 to 1 is π/2.
    field, u = VelocityField(3, width=8), rng.normal(size=(20_000, 3)).astype("float32")
    error = np.mean(MatchingError(field, seed=0, draws=4)(u))
    assert error == pytest.approx(3 * math.pi / 2, rel=0.01)
    worse = np.mean(MatchingError(with_random_weights(field), seed=0, draws=4)(u))
    assert worse > error + 0.1


def test_codes_held_out_are_judged_by_the_same_draws_and_training_by_others(rng):
    error = MatchingError(VelocityField(2, width=4), seed=0)
    u = rng.normal(size=(50, 2)).astype("float32")
    np.testing.assert_array_equal(error(u), error(u))
    first, second = (np.array(error(u, training=True)) for _ in range(2))
    assert not np.array_equal(first, second)


def test_untrained_it_is_the_normal_distribution_of_the_moments():
    codes = ring(200, 0)
    flow, normal = FlowMatchingPrior(2, width=4), GaussianPrior(2)
    flow.gaussian.fit(codes)
    normal.fit(codes)
    np.testing.assert_allclose(flow.log_prob(codes), normal.log_prob(codes), atol=1e-4)
    draws = [density.sample(100, np.random.default_rng(0)) for density in (flow, normal)]
    np.testing.assert_allclose(*draws, atol=1e-4)


def test_the_density_integrates_to_one(prior):
    assert mass(prior) == pytest.approx(1.0, abs=2e-3)


def test_there_and_back_is_the_same_place_and_the_same_volume(prior, rng):
    x = rng.normal(size=(50, 2))
    u, grown = prior.solve(x, start=0.0, end=1.0)
    again, shrunk = prior.solve(u, start=1.0, end=0.0)
    np.testing.assert_allclose(again, x, atol=1e-4)
    np.testing.assert_allclose(grown, -shrunk, atol=1e-4)
    assert np.abs(u - x).max() > 0.1 and np.abs(grown).max() > 0.1


def test_a_draw_is_as_dense_as_its_noise_over_the_volume_it_takes(prior):
    # The change of variables, with the Jacobian of the way there by differences.
    step, epsilon = 1e-2, np.array([0.3, -0.7])
    around = epsilon + step * np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]])
    z = prior.solve(around, start=0.0, end=1.0)[0].astype("float64")
    jacobian = np.stack([z[1] - z[2], z[3] - z[4]], axis=1) / (2 * step)
    log_noise = -0.5 * np.sum(np.square(epsilon)) - np.log(2 * np.pi)
    expected = log_noise - np.log(abs(np.linalg.det(jacobian)))
    assert prior.log_prob(z[:1])[0] == pytest.approx(expected, abs=2e-3)


@pytest.mark.slow
def test_the_solver_is_of_the_fourth_order(rng):
    x = rng.normal(size=(20, 2))
    ends = []
    for steps in (16, 32, 128):
        prior = with_random_weights(FlowMatchingPrior(2, width=16, steps=steps))
        ends.append(prior.solve(x, start=0.0, end=1.0)[0])
    coarse, fine = (np.abs(end - ends[-1]).mean() for end in ends[:2])
    assert coarse > 8.0 * fine


def test_the_temperature_scales_the_noise(prior):
    cold = prior.sample(3, np.random.default_rng(0), temperature=0.0)
    np.testing.assert_allclose(cold, np.tile(cold[:1], (3, 1)), atol=1e-6)


@pytest.mark.slow
def test_it_fits_a_ring_where_a_normal_distribution_does_not(rng):
    codes, held_out = ring(3000, 0), ring(3000, 1)
    flow, normal = FlowMatchingPrior(2, width=64), GaussianPrior(2)
    flow.fit(codes)
    normal.fit(codes)
    assert normal.log_prob(held_out).mean() < RING - 0.9
    assert flow.log_prob(held_out).mean() > RING - 0.2
    # Draws lie on the ring.
    radius = np.linalg.norm(flow.sample(2000, rng), axis=1)
    assert radius.mean() == pytest.approx(1.0, abs=0.03) and radius.std() < 0.16


@pytest.mark.parametrize("argument", ["steps", "width"])
def test_sizes_are_whole_numbers(argument):
    with pytest.raises(ValueError, match=f"`{argument}` must be a whole number"):
        FlowMatchingPrior(2, **{argument: 0})


@pytest.mark.slow
def test_with_labels_it_draws_a_class_and_knows_its_density(rng):
    means, spreads = np.array([[-1.0, 0.0], [2.0, 0.0]]), np.array([0.5, 1.0])
    labels = rng.integers(2, size=4000)
    codes = rng.normal(means[labels], spreads[labels, None])
    prior = FlowMatchingPrior(2, width=64, classes=2)
    prior.fit(codes, labels=labels, epochs=30)
    for label in (0, 1):
        z = prior.sample(2000, rng, label=label)
        print(label, z.mean(axis=0), z.std(axis=0))
        np.testing.assert_allclose(z.mean(axis=0), means[label], atol=0.12 * spreads[label])
        np.testing.assert_allclose(z.std(axis=0), spreads[label], rtol=0.1)
        fresh = rng.normal(means[label], spreads[label], (500, 2))
        c = np.tile(np.eye(2, dtype="float32")[label], (500, 1))
        entropy = 1.0 + np.log(2.0 * np.pi) + 2.0 * np.log(spreads[label])
        print(prior.log_prob_of_shape(fresh, c).mean(), -entropy)
        assert prior.log_prob_of_shape(fresh, c).mean() == pytest.approx(-entropy, abs=0.15)
    more = prior.sample(2000, rng, label=1, guidance=2.0)
    assert more[:, 0].mean() > 2.1
