import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_genae.distributions import DiagonalNormal
from keras_genae.flows import AutoregressiveStep, FlowPosterior, PlanarStep, RadialStep
from keras_genae.layers import MaskedDense

D, CONTEXT = 4, 3
STEPS = {
    "planar": lambda: PlanarStep(D, CONTEXT),
    "radial": lambda: RadialStep(D, CONTEXT),
    "autoregressive": lambda: AutoregressiveStep(D, CONTEXT, 16),
}


def far_from_the_identity(step, rng):
    for weight in step.trainable_variables:
        weight.assign(rng.normal(0, 0.5, weight.shape))
    return step


@pytest.fixture(params=STEPS)
def step(request, rng):
    return far_from_the_identity(STEPS[request.param](), rng)


def jacobian(step, z, context):
    z = tf.constant(z, "float32")
    with tf.GradientTape() as tape:
        tape.watch(z)
        out, log_det = step(z, context)
    return tape.batch_jacobian(out, z).numpy(), log_det.numpy(), out.numpy()


def test_the_log_determinant_is_that_of_the_jacobian(step, rng):
    z, context = rng.normal(0, 2, (50, D)), rng.normal(size=(50, CONTEXT)).astype("float32")
    matrices, log_det, _ = jacobian(step, z, context)
    sign, expected = np.linalg.slogdet(matrices.astype("float64"))
    np.testing.assert_allclose(log_det, expected, rtol=1e-3, atol=2e-4)
    # Invertible: the orientation is that of all points, here and there.
    assert len(set(sign)) == 1


def test_a_step_is_saved_with_its_sizes(step):
    again = type(step).from_config(step.get_config())
    again.set_weights(step.get_weights())
    z, context = np.ones((2, D), "float32"), np.ones((2, CONTEXT), "float32")
    np.testing.assert_array_equal(again(z, context)[0], step(z, context)[0])


@pytest.mark.parametrize("make", [STEPS["planar"], STEPS["radial"]])
def test_degenerate_points_and_parameters_have_finite_gradients(make):
    step = make()
    for weight in step.trainable_variables:
        weight.assign(np.zeros(weight.shape))
    z = tf.zeros((2, D))  # At the radial step's point, and w = u = 0.
    with tf.GradientTape() as tape:
        tape.watch(z)
        out, log_det = step(z, tf.zeros((2, CONTEXT)))
        total = tf.reduce_sum(out) + tf.reduce_sum(log_det)
    np.testing.assert_allclose(out, z, atol=1e-6)
    np.testing.assert_allclose(log_det, 0.0, atol=1e-5)
    gradients = tape.gradient(total, [z, *step.trainable_variables])
    assert all(np.isfinite(gradient).all() for gradient in gradients)


@pytest.mark.parametrize("d", [1, 2, 5])
def test_entries_see_those_before_them_and_the_context(d, rng):
    step = far_from_the_identity(AutoregressiveStep(d, CONTEXT, 64), rng)
    z, context = rng.normal(size=(9, d)), rng.normal(size=(9, CONTEXT)).astype("float32")
    matrices = jacobian(step, z, context)[0][:, ::-1]  # The entries come out in reverse.
    np.testing.assert_array_equal(np.triu(matrices, 1), 0.0)
    # Of one example all units on a path may be off; of several they are not.
    assert np.all(np.abs(matrices).max(axis=0)[np.tril_indices(d)] > 0.0)
    other = step(z.astype("float32"), context + 1.0)[0].numpy()
    assert np.all(np.any(other != step(z.astype("float32"), context)[0].numpy(), axis=0))


def test_a_masked_weight_neither_acts_nor_learns(rng):
    layer = MaskedDense([0, 1], [0, 0, 1])
    layer.bias.assign([0.1, 0.2, 0.3])
    x = tf.constant(rng.normal(size=(5, 2)), "float32")
    with tf.GradientTape() as tape:
        y = layer(x)
        loss = tf.reduce_sum(tf.square(y - 1.0))
    np.testing.assert_allclose(
        y, x @ (layer.kernel.numpy() * layer.mask) + [0.1, 0.2, 0.3], rtol=1e-5
    )
    gradient = tape.gradient(loss, layer.kernel).numpy()
    assert np.array_equal(gradient != 0.0, layer.mask == 1.0)
    config = keras.saving.serialize_keras_object(layer)
    assert np.array_equal(keras.saving.deserialize_keras_object(config).mask, layer.mask)


class TestFlowPosterior:
    """Of a flow over one or two dimensions the density can be added up."""

    def posterior(self, make, rng, count=1, d=2):
        steps = [far_from_the_identity(make(d), rng) for _ in range(3)]
        base = DiagonalNormal(np.full((count, d), 0.3), np.full((count, d), -0.5))
        return FlowPosterior(base, steps, np.full((count, CONTEXT), 0.2, "float32"))

    @pytest.mark.parametrize(
        "make",
        [
            lambda d: PlanarStep(d, CONTEXT),
            lambda d: RadialStep(d, CONTEXT),
            lambda d: AutoregressiveStep(d, CONTEXT, 16),
        ],
    )
    def test_log_prob_is_the_density_of_the_draws(self, make, rng):
        # In one dimension draws in order tell the density: the mass between two of them.
        posterior = self.posterior(make, rng, count=200_000, d=1)
        z, log_prob = (np.float64(a).ravel() for a in posterior.sample_and_log_prob(seed=1))
        edges = np.quantile(z, np.linspace(0.02, 0.98, 13))
        inside = np.digitize(z, edges)
        for i in range(1, len(edges)):
            width = edges[i] - edges[i - 1]
            # E[1/q(z)] over draws in an interval is its width over its mass.
            found = np.mean(np.where(inside == i, np.exp(-log_prob), 0.0))
            assert found == pytest.approx(width, rel=0.06)

    def test_draws_are_those_of_the_seed_and_known_by_themselves(self, rng):
        posterior = self.posterior(lambda d: PlanarStep(d, CONTEXT), rng)
        z, log_prob = posterior.sample_and_log_prob(seed=3)
        assert posterior.log_prob(z) is log_prob
        again = posterior.sample(seed=3)
        np.testing.assert_array_equal(again, z)
        np.testing.assert_array_equal(posterior.log_prob(again), log_prob)
        assert np.isfinite(posterior.log_prob(posterior.mean)).all()
        with pytest.raises(ValueError, match="own draws"):
            posterior.log_prob(np.array(z))
