"""The prior at its optimum: what it equals, and what it must not change."""

import keras
import numpy as np
import pytest

from keras_genae import VAE
from keras_genae.distributions import DiagonalNormal
from keras_genae.layers import CodeStandardizer


def posteriors(rng, count=64):
    mean = rng.normal([1.0, -2.0, 0.0], [0.1, 3.0, 1.0], (count, 3))
    return DiagonalNormal(mean.astype("float32"), rng.normal(-2, 1, (count, 3)).astype("float32"))


def updated(posterior, weight=None):
    layer = CodeStandardizer(3)
    layer.update(posterior, np.ones(len(posterior.mean)) if weight is None else weight)
    return layer


def test_before_training_codes_are_as_the_encoder_put_them(rng):
    posterior = posteriors(rng)
    mean, log_var = CodeStandardizer(3).standardize(posterior.mean, posterior.log_var)
    np.testing.assert_array_equal(mean, posterior.mean)
    np.testing.assert_array_equal(log_var, posterior.log_var)


def test_the_prior_is_the_closest_normal_distribution_to_all_posteriors(rng):
    posterior = posteriors(rng)
    layer = updated(posterior)

    def mean_kl(center, variance):
        prior = DiagonalNormal(center, np.log(variance))
        return float(np.mean(posterior.kl(prior)))

    center, variance = (np.array(part) for part in layer.moments())
    best = mean_kl(center, variance)
    in_units = DiagonalNormal(*layer.standardize(posterior.mean, posterior.log_var))
    assert float(np.mean(in_units.kl())) == pytest.approx(best, rel=1e-4)
    for moved in (0.05, -0.05):
        assert mean_kl(center + moved * np.sqrt(variance), variance) > best
        assert mean_kl(center, variance * (1 + moved)) > best


def test_restoring_undoes_it(rng):
    layer, posterior = updated(posteriors(rng)), posteriors(rng)
    mean, _ = layer.standardize(posterior.mean, posterior.log_var)
    np.testing.assert_allclose(layer.restore(mean), posterior.mean, atol=1e-5)


def test_an_update_in_its_own_units_is_the_update_in_the_encoders(rng):
    posterior = posteriors(rng)
    layer = updated(posterior)
    before = [np.array(part) for part in layer.moments()]
    in_units = DiagonalNormal(*layer.standardize(posterior.mean, posterior.log_var))
    layer.update(in_units, np.ones(64))
    for a, b in zip(layer.moments(), before, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4)


def test_an_example_of_weight_0_does_not_count(rng):
    posterior = posteriors(rng)
    weight = np.repeat([1.0, 0.0], 32)
    half = DiagonalNormal(posterior.mean[:32], posterior.log_var[:32])
    for a, b in zip(updated(posterior, weight).moments(), updated(half).moments(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_codes_that_are_all_the_same_give_finite_numbers():
    same = DiagonalNormal(np.full((8, 3), 5.0, "float32"), np.full((8, 3), -60.0, "float32"))
    mean, log_var = updated(same).standardize(same.mean, same.log_var)
    assert np.isfinite(mean).all() and np.isfinite(log_var).all()


def plane(count=512):
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.05, (count, 8))
    return (rng.normal(size=(count, 2)) @ rng.normal(size=(2, 8)) + noise).astype("float32")


def test_codes_of_a_trained_model_fill_the_prior_and_are_saved_so(tmp_path):
    x = plane()
    model = VAE((8,), 2, widths=(32,), seed=0)
    model.compile(keras.optimizers.Adam(3e-3))
    model.fit(x, epochs=12, batch_size=16, verbose=0)
    posterior = model.encode_distribution(x)
    spread = np.var(posterior.mean, axis=0) + np.mean(np.exp(posterior.log_var), axis=0)
    np.testing.assert_allclose(spread, 1.0, atol=0.15)
    np.testing.assert_allclose(posterior.mean.mean(axis=0), 0.0, atol=0.15)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.encode(x), model.encode(x))
    np.testing.assert_array_equal(loaded.sample(3, seed=0), model.sample(3, seed=0))


def test_a_frozen_encoder_keeps_its_codes():
    x = plane(32)
    model = VAE((8,), 2, widths=(4,), seed=0)
    model.compile(keras.optimizers.SGD(0.01), run_eagerly=True)
    model.fit(x, verbose=0)
    model.encoder.trainable = False
    model.compile(keras.optimizers.SGD(0.01), run_eagerly=True)
    before = model.encode(x)
    model.fit(x, verbose=0)
    np.testing.assert_array_equal(model.encode(x), before)
