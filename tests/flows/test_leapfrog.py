import numpy as np
import pytest
import tensorflow as tf

from keras_genae.distributions import DiagonalNormal
from keras_genae.flows import HamiltonianPosterior
from keras_genae.flows.leapfrog import leapfrog, quadratic_tempering

D, LENGTH = 3, 4
TURN = tf.constant(np.random.default_rng(5).normal(size=(D, D)), "float32")
STEP = tf.constant([0.1, 0.2, 0.3])


def force(z):
    """The gradient of −¼ Σ z⁴ + Σ cos(z T)."""
    return -(z**3) - tf.sin(z @ TURN) @ tf.transpose(TURN)


def start(rng, count=20):
    return [tf.constant(rng.normal(size=(count, D)), "float32") for _ in range(2)]


def test_without_tempering_the_steps_lead_back(rng):
    z, momentum = start(rng)
    level = [1.0] * (LENGTH + 1)
    there, speed = leapfrog(z, momentum, force, STEP, level)
    assert np.abs(there - z).max() > 0.3
    back, again = leapfrog(there, -speed, force, STEP, level)
    np.testing.assert_allclose(back, z, atol=1e-5)
    np.testing.assert_allclose(again, -momentum, atol=1e-5)


@pytest.mark.parametrize("beta_0", [1.0, 0.3])
def test_the_steps_keep_volumes_but_for_tempering(beta_0, rng):
    both = tf.concat(start(rng), axis=1)
    with tf.GradientTape() as tape:
        tape.watch(both)
        roots = quadratic_tempering(beta_0, LENGTH)
        moved = tf.concat(leapfrog(both[:, :D], both[:, D:], force, STEP, roots), axis=1)
    sign, log_det = np.linalg.slogdet(tape.batch_jacobian(moved, both).numpy().astype("float64"))
    assert np.all(sign == 1.0)
    # Σ_k d/2 · log(β_{k−1} / β_k)
    np.testing.assert_allclose(log_det, 0.5 * D * np.log(beta_0), atol=1e-4)


def test_tempering_falls_from_hot_to_1_as_in_the_paper():
    roots = np.array(quadratic_tempering(0.25, LENGTH))
    k = np.arange(LENGTH + 1)
    np.testing.assert_allclose(1.0 / roots, (1.0 - 2.0) * k**2 / LENGTH**2 + 2.0, rtol=1e-6)
    assert roots[0] == 0.5 and roots[-1] == 1.0


def test_draws_are_weighed_as_importance_sampling_needs_them(rng):
    # ∫ exp(−¼ Σ z⁴ + Σ cos(z T)) dz, by a sum over a grid and by weights of draws.
    axis = np.linspace(-4.0, 4.0, 61)
    grid = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, D)

    def log_density(z):
        return np.sum(np.cos(z @ TURN.numpy()) - z**4 / 4.0, axis=1)

    expected = np.exp(log_density(grid)).sum() * (axis[1] - axis[0]) ** D
    zeros = np.full((40_000, D), 0.2, "float32"), np.zeros((40_000, D), "float32")
    posterior = HamiltonianPosterior(
        DiagonalNormal(*zeros), force, STEP, quadratic_tempering(0.4, LENGTH), None
    )
    z, log_prob = posterior.sample_and_log_prob(seed=1)
    weights = np.exp(log_density(z.numpy().astype("float64")) - log_prob.numpy())
    error = weights.std() / np.sqrt(len(weights))
    assert error < 0.02 * expected
    assert abs(weights.mean() - expected) < 4.0 * error
