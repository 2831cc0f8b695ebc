import keras
import numpy as np
import pytest
from test_sparse_dictionary import X, gradients, pre_activations
from zoo import build, compiled

from keras_genae.models.dictionaries.jump_relu_sae import PACE, step


def jump(**changes):
    return compiled(build("JumpReLUSAE", **changes), keras.optimizers.SGD(0.01), run_eagerly=True)


def smoothed(pre, theta, width, slope, weight):
    """E [slope · a H(a − θ) + weight · H(a − θ)] for a uniform within `width` around `pre`.

    By the integrals of a and of 1 from max(θ, pre − ε/2) to pre + ε/2, over ε.
    """
    high = pre + width / 2
    low = np.clip(theta, pre - width / 2, high)
    return (slope * (high**2 - low**2) / 2 + weight * (high - low)) / width


def test_pseudo_derivatives_are_those_of_the_smoothed_loss():
    import tensorflow as tf

    rng = np.random.default_rng(0)
    pre = rng.uniform(0.0, 1.0, (200, 4)).astype("float32")
    theta = np.array([0.2, 0.4, 0.5, 0.7], "float32")
    slope, weight, width = rng.normal(size=pre.shape), 0.3, 0.25
    variable = tf.Variable(theta)
    with tf.GradientTape() as tape:
        on = step(pre, variable, width)
        z = pre * tf.stop_gradient(on) + theta * (on - tf.stop_gradient(on))
        loss = tf.reduce_sum(slope.astype("float32") * z + weight * on)
    found = tape.gradient(loss, variable).numpy()

    def total(theta):
        return smoothed(np.float64(pre), theta, width, slope, weight).sum(axis=0)

    h = 1e-6
    differences = (total(np.float64(theta) + h) - total(np.float64(theta) - h)) / (2 * h)
    np.testing.assert_allclose(found, differences, rtol=1e-3)


def test_the_models_gradient_is_made_of_the_pseudo_derivatives():
    # Of a loss that is linear in z: Σ_j z_j, and of the penalty.
    import tensorflow as tf

    model = jump(bandwidth=0.8)
    model.begin(X)
    unit = float(model.unit)
    theta, pre = model.thresholds.numpy(), pre_activations(model, X)
    kernel = np.abs(pre - theta) < 0.4 * unit
    assert kernel.any()
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(model.posterior(X).mean)
    found = tape.gradient(value, model.log_threshold)
    # The variable is log θ / PACE.
    by_hand = -(kernel * theta / (0.8 * unit)).sum(axis=0) * theta * PACE
    np.testing.assert_allclose(found, by_hand, rtol=1e-3)
    of_penalty = gradients(model, "sparsity_loss")
    by_hand = -(kernel / (0.8 * unit)).sum(axis=0) * theta * PACE
    np.testing.assert_allclose(of_penalty["log_threshold"], by_hand, rtol=1e-3)
    # Only the thresholds feel the penalty.
    assert all(not g.any() for name, g in of_penalty.items() if name != "log_threshold")


def test_features_fire_above_their_thresholds_and_the_penalty_counts_them():
    model = jump()
    model.begin(X)
    model.log_threshold.assign(np.linspace(-3.0, 1.0, 24) / PACE)
    theta, pre = model.thresholds.numpy(), pre_activations(model, X)
    np.testing.assert_allclose(theta, float(model.unit) * np.exp(np.linspace(-3, 1, 24)), rtol=1e-5)
    z = model.encode(X)
    np.testing.assert_allclose(z, np.where(pre > theta, pre, 0.0), atol=1e-4)
    logs = model.evaluate(X, verbose=0, return_dict=True)
    assert logs["sparsity_loss"] == logs["l0"] == pytest.approx((z > 0).sum(1).mean())


def test_codes_do_not_depend_on_the_units_of_x():
    codes = []
    for scale in (1.0, 50.0):
        model = jump()
        model.begin(scale * X)
        codes.append(model.encode(scale * X) / scale)
    np.testing.assert_allclose(codes[0], codes[1], atol=1e-4)


def test_every_argument_changes_what_is_learned():
    found = []
    for changes in ({}, {"penalty_weight": 1.0}, {"bandwidth": 1.0}):
        model = jump(**changes)
        losses = [float(model.train_on_batch(X, return_dict=True)["loss"]) for _ in range(2)]
        found.append((*losses, float(model.log_threshold[0])))
    assert len(set(found)) == 3


@pytest.mark.parametrize("bandwidth", [0.0, -1.0, np.inf, np.nan])
def test_the_bandwidth_is_above_0(bandwidth):
    with pytest.raises(ValueError, match="`bandwidth` must be a finite number above 0"):
        jump(bandwidth=bandwidth)
