import numpy as np
import pytest
import tensorflow as tf
from flows import RING, mass, ring, with_random_weights

from keras_genae.priors import GaussianPrior, MAFPrior

# Where a normal distribution of few codes is no worse: see test_shaped.py.
pytestmark = pytest.mark.filterwarnings("ignore:On codes held out")


@pytest.fixture(scope="module")
def prior():
    return with_random_weights(MAFPrior(2, steps=2, width=16))


def test_the_log_determinant_is_that_of_the_jacobian(rng):
    prior = with_random_weights(MAFPrior(4, steps=1, width=16))
    x = tf.constant(rng.normal(size=(5, 4)), "float32")
    step = prior.steps[1]
    with tf.GradientTape() as tape:
        tape.watch(x)
        y, log_det = step(x)
    jacobian = tape.batch_jacobian(y, x).numpy()
    np.testing.assert_array_equal(np.triu(jacobian, k=1), 0.0)
    np.testing.assert_allclose(log_det, np.linalg.slogdet(jacobian)[1], atol=1e-5)
    assert np.abs(log_det).min() > 0.01


def test_every_step_is_undone_by_its_inverse(rng):
    prior = with_random_weights(MAFPrior(5, steps=2, width=16))
    u = rng.normal(size=(50, 5)).astype("float32")
    for step in prior.steps:
        np.testing.assert_allclose(step.inverse(step(u)[0]), u, atol=1e-4)


def test_the_density_integrates_to_one(prior):
    assert mass(prior) == pytest.approx(1.0, abs=2e-3)


def test_draws_have_the_moments_of_the_density(prior, rng):
    # The mean of draws against that by integration.
    axis = np.linspace(-8.0, 8.0, 161)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    share = np.exp(prior.log_prob(grid).astype("float64")) * 0.1**2
    z = prior.sample(40_000, rng)
    np.testing.assert_allclose(z.mean(axis=0), share @ grid, atol=0.02)
    np.testing.assert_allclose(z.T @ z / len(z), grid.T @ (share[:, None] * grid), atol=0.05)


def test_untrained_it_is_the_normal_distribution_of_the_moments():
    codes = ring(200, 0)
    flow, normal = MAFPrior(2, steps=1, width=8), GaussianPrior(2)
    flow.gaussian.fit(codes)
    normal.fit(codes)
    np.testing.assert_allclose(flow.log_prob(codes), normal.log_prob(codes), atol=1e-5)


def test_in_one_dimension_it_is_normal(rng):
    prior = with_random_weights(MAFPrior(1, steps=2, width=4))
    log_prob = prior.log_prob(np.array([[-1.0], [0.0], [1.0], [2.0]])).astype("float64")
    # The second differences of a parabola are the same.
    np.testing.assert_allclose(np.diff(log_prob, 2)[0], np.diff(log_prob, 2)[1], rtol=1e-4)


@pytest.mark.slow
def test_it_fits_a_ring_where_a_normal_distribution_does_not():
    codes, held_out = ring(3000, 0), ring(3000, 1)
    flow, normal = MAFPrior(2), GaussianPrior(2)
    flow.fit(codes, epochs=20)
    normal.fit(codes)
    assert normal.log_prob(held_out).mean() < RING - 0.9
    assert flow.log_prob(held_out).mean() > RING - 0.35


@pytest.mark.parametrize("argument", ["steps", "width"])
def test_sizes_are_whole_numbers(argument):
    with pytest.raises(ValueError, match=f"`{argument}` must be a whole number"):
        MAFPrior(2, **{argument: 0})
