import keras
import numpy as np
import pytest

from keras_genae.priors import FlowPrior, GaussianPrior

# Where a normal distribution of few codes is no worse: see test_shaped.py.
pytestmark = pytest.mark.filterwarnings("ignore:On codes held out")


def banana(count, seed):
    """z₂ = z₁² plus a little: far from normal."""
    rng = np.random.default_rng(seed)
    first = rng.normal(size=count)
    return np.stack([first, np.square(first) + 0.3 * rng.normal(size=count)], axis=1)


@pytest.fixture(scope="module")
def prior():
    prior = FlowPrior(2, pairs=2, width=32)
    prior.fit(banana(2000, 0), epochs=8)
    return prior


@pytest.mark.slow
def test_it_fits_a_banana_where_a_normal_distribution_does_not(prior):
    normal = GaussianPrior(2)
    normal.fit(banana(2000, 0))
    held_out = banana(2000, 1)
    entropy = 0.5 * np.log(2 * np.pi * np.e) * 2 + np.log(0.3)
    assert normal.log_prob(held_out).mean() < -entropy - 1.3
    assert prior.log_prob(held_out).mean() > -entropy - 0.25


def test_a_draw_is_as_dense_as_its_noise_over_the_volume_it_takes(prior):
    # The change of variables, with the Jacobian of sampling by differences.
    class Noise:
        """In place of a random generator: the noise wanted."""

        def __init__(self, noise):
            self.noise = noise

        def standard_normal(self, shape):
            return self.noise.reshape(shape)

    step = 1e-2
    for epsilon in np.array([[0.3, -0.7], [-1.0, 0.2], [0.5, 1.0]]):
        around = epsilon + step * np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]])
        z = prior.sample(5, Noise(around)).astype("float64")
        jacobian = np.stack([z[1] - z[2], z[3] - z[4]], axis=1) / (2 * step)
        log_noise = -0.5 * np.sum(np.square(epsilon)) - np.log(2 * np.pi)
        expected = log_noise - np.log(abs(np.linalg.det(jacobian)))
        assert prior.log_prob(z[:1])[0] == pytest.approx(expected, abs=0.05)


def test_every_step_is_undone_by_its_inverse(prior, rng):
    u = rng.normal(size=(100, 2)).astype("float32")
    for step in prior.steps:
        np.testing.assert_allclose(step.inverse(step(u)[0]), u, atol=1e-4)


def test_untrained_it_is_the_normal_distribution_of_the_moments(rng):
    codes = banana(500, 0)
    flow, normal = FlowPrior(2), GaussianPrior(2)
    flow.gaussian.fit(codes)
    normal.fit(codes)
    np.testing.assert_allclose(flow.log_prob(codes), normal.log_prob(codes), atol=1e-4)


def test_between_them_the_couplings_change_every_unit():
    flow = FlowPrior(5, pairs=1)
    _, first, second = flow.steps
    assert sorted(np.add(first.mask, second.mask)) == [1] * 5


@pytest.mark.slow
def test_in_one_dimension_it_is_normal(rng):
    codes = rng.normal(3.0, 2.0, (1000, 1))
    flow = FlowPrior(1, pairs=1, width=4)
    flow.fit(codes, epochs=2)
    assert flow.log_prob(codes).mean() == pytest.approx(
        -0.5 * np.log(2 * np.pi * np.e * 4), abs=0.1
    )


@pytest.mark.slow
def test_hidden_layers_are_float32_under_mixed_precision(default_policy, rng):
    keras.config.set_dtype_policy("mixed_float16")
    flow = FlowPrior(2, pairs=1, width=8)
    flow.fit(rng.normal(size=(50, 2)), epochs=1)
    assert flow.log_prob(rng.normal(size=(5, 2))).dtype == "float32"
    assert {weight.dtype for weight in flow.weights} == {"float32"}
    assert all(layer.compute_dtype == "float32" for layer in flow.steps[1].hidden)
