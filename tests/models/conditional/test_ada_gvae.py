"""AdaGVAE: units that a pair shares have one posterior, the others their own."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from zoo import compiled, examples

from keras_genae import VAE, AdaGVAE
from keras_genae.distributions import DiagonalNormal
from keras_genae.models.conditional.ada_gvae import shared

X = examples((6,), 12)
PARTNER = examples((6,), 12, seed=3)


def model_of(model_class=AdaGVAE, **arguments):
    keras.utils.set_random_seed(0)
    model = model_class((6,), 3, likelihood="gaussian", widths=(5,), seed=0, **arguments)
    model.code_whitener = None
    return compiled(model, keras.optimizers.SGD(1e-3), run_eagerly=True)


def scores(model, *data):
    return model.evaluate(*data, verbose=0, return_dict=True)


def averaged_by_hand(first, second):
    """The paper's rule, unit by unit."""
    (m1, v1), (m2, v2) = first, second
    delta = 0.5 * (v1 / v2 + (m1 - m2) ** 2 / v2 - 1 + np.log(v2 / v1))
    threshold = 0.5 * (delta.max(1, keepdims=True) + delta.min(1, keepdims=True))
    is_shared = delta < threshold
    mean, variance = np.where(is_shared, (m1 + m2) / 2, [m1, m2]), (v1 + v2) / 2
    return mean, np.where(is_shared, variance, [v1, v2]), is_shared


def test_shared_units_are_averaged(rng):
    means, log_vars = rng.normal(size=(2, 2, 8, 5)).astype("float32")
    pair = [DiagonalNormal(m, v) for m, v in zip(means, log_vars, strict=True)]
    by_hand = [(np.float64(p.mean), np.exp(np.float64(p.log_var))) for p in pair]
    mean, variance, is_shared = averaged_by_hand(*by_hand)
    assert is_shared.any(1).all() and not is_shared.all(1).any()
    for i, posterior in enumerate(shared(*pair)):
        np.testing.assert_allclose(posterior.mean, mean[i], rtol=1e-5)
        np.testing.assert_allclose(np.exp(posterior.log_var), variance[i], rtol=1e-5)


def test_the_loss_of_pairs_by_hand(noise_off):
    model = model_of(beta=2.0)
    logs = scores(model, X, PARTNER)
    posteriors = [model.encode_distribution(x) for x in (X, PARTNER)]
    by_hand = [(np.float64(p.mean), np.exp(np.float64(p.log_var))) for p in posteriors]
    means, variances, _ = averaged_by_hand(*by_hand)
    kl = 0.5 * (means**2 + variances - np.log(variances) - 1).sum(-1)
    assert logs["kl_loss"] == pytest.approx(kl.mean(), rel=1e-5)
    decoded = [model.decode(mean.astype("float32")) for mean in means]
    error = [np.square(a - b).sum(1) for a, b in zip((X, PARTNER), decoded, strict=True)]
    distortion = 0.5 * np.mean(error) + 3 * np.log(2 * np.pi)
    assert logs["reconstruction_loss"] == pytest.approx(distortion, rel=1e-5)
    assert logs["loss"] == pytest.approx(distortion + 2.0 * kl.mean(), rel=1e-5)


def test_an_example_that_is_its_own_partner_is_a_vaes(noise_off):
    model, plain = model_of(beta=2.0), model_of(VAE, beta=2.0)
    networks = ("encoder", "decoder")
    for name in networks:
        getattr(plain, name).set_weights(getattr(model, name).get_weights())
    expected = scores(plain, X)
    assert scores(model, X) == expected
    for name, value in scores(model, X, X.copy()).items():
        assert value == pytest.approx(expected[name], rel=1e-6)
    for one in (model, plain):
        one.fit(X, batch_size=4, shuffle=False, verbose=0)
    for name in networks:
        pairs = zip(*(getattr(m, name).get_weights() for m in (model, plain)), strict=True)
        for a, b in pairs:
            np.testing.assert_array_equal(a, b)


def test_pairs_come_as_any_pairs_of_x_and_y():
    model = model_of()
    expected = scores(model, X, PARTNER)
    pairs = tf.data.Dataset.from_tensor_slices((X, PARTNER)).batch(12)
    assert scores(model, pairs) == expected
    assert model.fit(pairs, validation_data=(X, PARTNER), verbose=0).history["val_loss"]
    with pytest.raises(ValueError, match="finite"):
        model.fit(X, PARTNER * np.nan, verbose=0)


def test_the_order_within_a_pair_changes_the_units_that_are_shared_at_most(noise_off):
    # δ is no symmetric divergence; the terms are the mean of both examples either way.
    model = model_of()
    model.encoder.get_layer("log_var").set_weights([np.zeros((5, 3)), np.zeros(3)])
    # With equal variances it is symmetric.
    forth, back = scores(model, X, PARTNER), scores(model, PARTNER, X)
    assert forth["loss"] == pytest.approx(back["loss"], rel=1e-6)


def test_metrics_compare_an_example_with_itself():
    model = model_of()
    compiled(model, run_eagerly=True, metrics=["mse"])
    expected = np.square(X - model.reconstruct(X)).mean()
    assert scores(model, X, PARTNER)["mse"] == pytest.approx(expected, rel=1e-5)


def test_weight_zero_is_the_pair_removed(noise_off):
    model = model_of()
    weight = np.float32([1.0] * 8 + [0.0] * 4)
    logs = model.evaluate(X, PARTNER, sample_weight=weight, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(scores(model, X[:8], PARTNER[:8])["loss"], rel=1e-5)
