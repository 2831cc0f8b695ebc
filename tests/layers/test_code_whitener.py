"""Codes in coordinates of their own: what the axes equal, and what they must not change."""

import keras
import numpy as np
import pytest

from keras_genae import VAE
from keras_genae.distributions import DiagonalNormal
from keras_genae.layers import CodeWhitener


def posteriors(rng, count=64):
    mixed = rng.normal(size=(count, 3)) @ np.array([[3.0, 1, 0], [0, 0.5, 0.2], [0, 0, 0.1]])
    mean = mixed + np.array([1.0, -2.0, 0.0])
    return DiagonalNormal(mean.astype("float32"), rng.normal(-4, 1, (count, 3)).astype("float32"))


def updated(posterior, weight=None):
    layer = CodeWhitener(3)
    layer.update(posterior, np.ones(len(posterior.mean)) if weight is None else weight)
    return layer


def parts(layer):
    return [np.array(layer.center), np.array(layer.axes)]


def common_moments(posterior):
    """Mean and covariance of the mixture of all posteriors."""
    covariance = np.cov(posterior.mean.T, bias=True)
    return posterior.mean.mean(axis=0), covariance + np.diag(np.exp(posterior.log_var).mean(axis=0))


def test_before_training_codes_are_as_the_encoder_put_them(rng):
    posterior = posteriors(rng)
    mean, log_var = CodeWhitener(3).whiten(posterior.mean, posterior.log_var)
    np.testing.assert_array_equal(mean, posterior.mean)
    np.testing.assert_allclose(log_var, posterior.log_var, rtol=1e-5)


def test_center_and_axes_are_those_of_the_closest_normal_prior(rng):
    posterior = posteriors(rng)
    layer = updated(posterior)
    center, covariance = common_moments(posterior)
    np.testing.assert_allclose(layer.center, center, rtol=1e-5, atol=1e-5)
    axes = np.array(layer.axes)
    np.testing.assert_allclose(axes @ axes.T, covariance, atol=1e-4)

    def mean_kl(center, covariance):
        """Mean of KL(posterior ‖ N(center, covariance)), by its formula."""
        precision = np.linalg.inv(covariance)
        away = posterior.mean - center
        apart = np.einsum("ni,ij,nj->n", away, precision, away)
        noise = np.exp(posterior.log_var) @ np.diag(precision)
        logs = np.linalg.slogdet(covariance)[1] - posterior.log_var.sum(axis=1)
        return np.mean(apart + noise + logs - 3) / 2

    best = mean_kl(center, axes @ axes.T)
    for moved in (0.05, -0.05):
        assert mean_kl(center + moved * np.sqrt(np.diag(covariance)), covariance) > best
        shear = np.eye(3) + moved * np.triu(np.ones((3, 3)))
        assert mean_kl(center, shear @ covariance @ shear.T) > best


def test_whitened_codes_have_the_moments_of_the_prior(rng):
    posterior = posteriors(rng)
    mean, log_var = updated(posterior).whiten(posterior.mean, posterior.log_var)
    center, covariance = common_moments(DiagonalNormal(np.array(mean), np.array(log_var)))
    np.testing.assert_allclose(center, 0.0, atol=1e-4)
    np.testing.assert_allclose(np.diag(covariance), 1.0, rtol=1e-3)
    # What is left beside the diagonal is the noise that was taken to be independent.
    assert np.abs(covariance - np.diag(np.diag(covariance))).max() < 0.5


def test_the_widest_axis_comes_first(rng):
    lengths = np.linalg.norm(np.array(updated(posteriors(rng)).axes), axis=0)
    assert (np.diff(lengths) < 0).all()


def test_restoring_undoes_it(rng):
    layer, posterior = updated(posteriors(rng)), posteriors(rng)
    mean, _ = layer.whiten(posterior.mean, posterior.log_var)
    np.testing.assert_allclose(layer.restore(mean), posterior.mean, atol=1e-4)


def test_the_variance_along_an_axis_is_that_of_draws(rng):
    layer, posterior = updated(posteriors(rng)), posteriors(rng, 1)
    noise = rng.normal(size=(100_000, 3)) * np.exp(posterior.log_var / 2)
    draws, _ = layer.whiten((posterior.mean + noise).astype("float32"), posterior.log_var)
    _, log_var = layer.whiten(posterior.mean, posterior.log_var)
    np.testing.assert_allclose(np.var(draws, axis=0), np.exp(log_var)[0], rtol=0.02)


def test_an_update_along_the_axes_is_the_update_in_the_encoders_units(rng):
    # Without noise both are exact: noise that was taken to be independent along the axes stays so.
    posterior = posteriors(rng)
    exact = DiagonalNormal(posterior.mean, np.full((64, 3), -20.0, "float32"))
    layer = updated(exact)
    before = parts(layer)
    along_axes = DiagonalNormal(*layer.whiten(exact.mean, exact.log_var))
    for _ in range(layer.EVERY):
        layer.update(along_axes, np.ones(64))
    for a, b in zip(parts(layer), before, strict=True):
        np.testing.assert_allclose(np.abs(a), np.abs(b), rtol=1e-2, atol=1e-3)


def test_an_example_of_weight_0_does_not_count(rng):
    posterior = posteriors(rng)
    half = DiagonalNormal(posterior.mean[:32], posterior.log_var[:32])
    weighted = updated(posterior, np.repeat([1.0, 0.0], 32))
    for a, b in zip(parts(weighted), parts(updated(half)), strict=True):
        np.testing.assert_allclose(a @ a.T, b @ b.T, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("weight", [0.0, np.nan])
def test_a_batch_to_learn_nothing_from_leaves_the_axes(rng, weight):
    layer = updated(posteriors(rng), np.full(64, weight))
    np.testing.assert_array_equal(layer.axes, np.eye(3))
    np.testing.assert_array_equal(layer.center, np.zeros(3))


@pytest.mark.parametrize("log_var", [-30.0, 30.0])
def test_codes_that_are_all_the_same_give_finite_numbers(log_var):
    same = DiagonalNormal(np.full((8, 3), 5.0, "float32"), np.full((8, 3), log_var, "float32"))
    mean, log_var = updated(same).whiten(same.mean, same.log_var)
    assert np.isfinite(mean).all() and np.isfinite(log_var).all()


def test_the_middle_of_the_codes_moves_with_side_information(rng):
    c = np.eye(2, dtype="float32")[rng.integers(2, size=400)]
    posterior = posteriors(rng, 400)
    moved = DiagonalNormal(
        posterior.mean + c @ np.array([[4, 0, 1], [0, -3, 0]], "float32"), posterior.log_var
    )
    layer = CodeWhitener(3, condition_size=2)
    layer.update(moved, np.ones(400), c)
    mean, log_var = (np.array(part) for part in layer.whiten(moved.mean, moved.log_var, c))
    for k in range(2):
        # Each class lies about 0, as far as the ridge lets the regression go.
        np.testing.assert_allclose(mean[c[:, k] == 1.0].mean(axis=0), 0.0, atol=5e-3)
    within = mean.T @ mean / 400 + np.diag(np.exp(log_var).mean(axis=0))
    np.testing.assert_allclose(np.diag(within), 1.0, rtol=0.01)
    np.testing.assert_allclose(layer.restore(mean, c), moved.mean, atol=1e-4)


def test_side_information_that_says_nothing_changes_nothing(rng):
    posterior = posteriors(rng)
    layer = CodeWhitener(3, condition_size=2)
    layer.update(posterior, np.ones(64), np.zeros((64, 2), "float32"))
    np.testing.assert_array_equal(layer.slope, np.zeros((2, 3)))
    for a, b in zip(parts(layer), parts(updated(posterior)), strict=True):
        np.testing.assert_allclose(np.abs(a), np.abs(b), rtol=1e-4, atol=1e-5)


def plane(count=512):
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.05, (count, 8))
    return (rng.normal(size=(count, 2)) @ rng.normal(size=(2, 8)) + noise).astype("float32")


@pytest.mark.slow
def test_codes_of_a_trained_model_fill_the_prior_and_are_saved_so(tmp_path):
    x = plane()
    model = VAE((8,), 2, widths=(32,), seed=0)
    model.compile()
    model.fit(x, epochs=20, batch_size=16, verbose=0)
    center, covariance = common_moments(model.encode_distribution(x))
    np.testing.assert_allclose(center, 0.0, atol=0.15)
    np.testing.assert_allclose(covariance, np.eye(2), atol=0.15)
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
