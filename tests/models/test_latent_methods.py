"""encode, decode, sample, interpolate, variations, fit_prior."""

import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from zoo import FEW, build, examples, trained

from keras_genae.models.latent_paths import linear_path, spherical_path

VAES = ["VAE of vectors", "ConvVAE sigma"]


@pytest.fixture(scope="module")
def autoencoder():
    """A plain autoencoder with a fitted prior."""
    model = build("Autoencoder of vectors")
    return model.fit_prior(examples(model.input_shape, 500))


def test_codes_are_the_means_of_the_posteriors():
    model, x, _, _ = trained("ConvVAE sigma")
    posterior = model.encode_distribution(x)
    np.testing.assert_array_equal(posterior.mean, model.encode(x))
    assert posterior.log_var.shape == posterior.mean.shape


def test_one_batch_or_many_give_the_same():
    model, x, _, _ = trained("ConvVAE sigma")
    # Matrix products of another height may be summed in another order.
    np.testing.assert_allclose(model.encode(x, batch_size=3), model.encode(x), atol=1e-5)


@pytest.mark.parametrize("name", FEW)
@pytest.mark.parametrize("path", ["linear", "spherical"])
def test_the_ends_of_an_interpolation_are_the_reconstructions(name, path):
    model, x, _, _ = trained(name)
    strip = model.interpolate(x[0], x[1], steps=5, path=path)
    assert strip.shape == (5, *model.input_shape)
    ends = model.reconstruct(x[:2])
    np.testing.assert_allclose(strip[[0, -1]], ends, atol=1e-5)


def test_the_middle_of_a_linear_interpolation_is_the_mean_code():
    model, x, _, _ = trained("ConvVAE sigma")
    z = model.encode(x[:2])
    strip = model.interpolate(x[0], x[1], steps=3)
    np.testing.assert_allclose(strip[1], model.decode(z.mean(0, keepdims=True))[0], atol=1e-5)


def test_batches_are_interpolated_pair_by_pair():
    model, x, _, _ = trained("ConvVAE sigma")
    strips = model.interpolate(x[:3], x[3:6], steps=4)
    assert strips.shape == (3, 4, *model.input_shape)
    np.testing.assert_allclose(strips[2], model.interpolate(x[2], x[5], steps=4), atol=1e-5)


def test_bytes_are_interpolated_like_floats():
    model, x, _, _ = trained("ConvVAE sigma")
    a, b = np.round(x[:2] * 255).astype("uint8")
    by_floats = model.interpolate(a / np.float32(255), b / np.float32(255), steps=3)
    np.testing.assert_allclose(model.interpolate(a, b, steps=3), by_floats, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"steps": 1}, "`steps` must be a whole number of at least 2"),
        ({"path": "cubic"}, "one of 'linear', 'spherical'"),
    ],
)
def test_wrong_interpolations_are_named(arguments, named):
    model, x, _, _ = trained("ConvVAE sigma")
    with pytest.raises(ValueError, match=named):
        model.interpolate(x[0], x[1], **arguments)
    with pytest.raises(ValueError, match="Received: 2 and 3 examples"):
        model.interpolate(x[:2], x[:3])


def test_a_spherical_path_keeps_the_norm_and_turns_evenly(rng):
    start, end = rng.normal(size=(2, 6, 20))
    end *= np.linalg.norm(start, axis=-1, keepdims=True) / np.linalg.norm(
        end, axis=-1, keepdims=True
    )
    path = spherical_path(start, end, 9)
    norms = np.linalg.norm(path, axis=-1)
    np.testing.assert_allclose(norms, np.broadcast_to(norms[:, :1], norms.shape), rtol=1e-9)
    steps = np.linalg.norm(np.diff(path, axis=1), axis=-1)
    np.testing.assert_allclose(steps, np.broadcast_to(steps[:, :1], steps.shape), rtol=1e-9)
    np.testing.assert_allclose(path[:, [0, -1]], np.stack([start, end], 1), atol=1e-12)


def test_a_spherical_path_changes_its_length_evenly():
    path = spherical_path(np.array([1.0, 0.0]), np.array([0.0, 3.0]), 5)
    np.testing.assert_allclose(np.linalg.norm(path, axis=-1), [1, 1.5, 2, 2.5, 3])


@pytest.mark.parametrize("end", [[1.0, 2.0], [2.0, 4.0], [-1.0, -2.0]])
def test_a_spherical_path_is_straight_where_the_circle_is_not_defined(end):
    start, end = np.array([1.0, 2.0]), np.array(end)
    np.testing.assert_allclose(spherical_path(start, end, 4), linear_path(start, end, 4))


def test_a_spherical_path_from_or_to_the_origin_is_finite():
    origin, end = np.zeros(2), np.array([3.0, 4.0])
    np.testing.assert_allclose(spherical_path(origin, end, 3)[[0, -1]], [origin, end], atol=1e-12)
    assert np.isfinite(spherical_path(end, origin, 5)).all()
    assert np.all(spherical_path(origin, origin, 3) == 0.0)


@pytest.mark.parametrize("name", VAES)
def test_a_seed_repeats_samples(name):
    model, _, _, _ = trained(name)
    np.testing.assert_array_equal(model.sample(4, seed=1), model.sample(4, seed=1))
    assert np.any(model.sample(4, seed=1) != model.sample(4, seed=2))


@pytest.mark.parametrize("name", VAES)
def test_without_a_seed_the_models_own_generator_moves_on(name):
    a, b, other = build(name), build(name), build(name, seed=1)
    first, second = a.sample(2), a.sample(2)
    assert np.any(first != second)
    np.testing.assert_array_equal(b.sample(2), first)
    np.testing.assert_array_equal(b.sample(2), second)
    assert np.any(other.sample(2) != first)


def test_samples_are_decoded_draws_from_the_standard_normal(monkeypatch):
    model, _, _, _ = trained("VAE of vectors")
    drawn = []
    monkeypatch.setattr(model, "decode", lambda z, *_: drawn.append(z))
    model.sample(20_000, seed=0)
    model.sample(20_000, seed=0, temperature=0.5)
    np.testing.assert_allclose(drawn[0].mean(0), 0.0, atol=0.04)
    np.testing.assert_allclose(np.cov(drawn[0].T), np.eye(3), atol=0.05)
    np.testing.assert_allclose(drawn[1], 0.5 * drawn[0], rtol=1e-6)


def test_temperature_zero_gives_the_mean(autoencoder):
    vae = trained("VAE of vectors")[0]
    np.testing.assert_allclose(
        vae.sample(3, temperature=0.0), np.repeat(vae.decode(np.zeros((1, 3))), 3, 0), atol=1e-6
    )
    mean = autoencoder.fitted_prior.mean.numpy()[None]
    np.testing.assert_allclose(
        autoencoder.sample(2, temperature=0.0),
        np.repeat(autoencoder.decode(mean), 2, 0),
        rtol=1e-5,
        atol=1e-6,
    )


@pytest.mark.parametrize("count", [0, -1, 2.5, "four"])
def test_counts_must_be_whole_numbers(count):
    model, x, _, _ = trained("ConvVAE sigma")
    for call in (lambda: model.sample(count), lambda: model.variations(x[0], count)):
        with pytest.raises(ValueError, match="`count` must be a whole number of at least 1"):
            call()


def test_an_autoencoder_without_a_prior_says_what_to_do():
    model, x, _, _ = trained("Autoencoder of vectors")
    for call in (lambda: model.sample(3), lambda: model.variations(x[0])):
        with pytest.raises(ValueError, match=r"call `model\.fit_prior\(x\)`.* VAE, WAE or SWAE"):
            call()


def test_the_prior_of_an_autoencoder_has_the_moments_of_its_codes(autoencoder):
    z = autoencoder.encode(examples(autoencoder.input_shape, 500))
    prior = autoencoder.fitted_prior
    cholesky = prior.cholesky.numpy()
    np.testing.assert_allclose(prior.mean, z.mean(0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(cholesky @ cholesky.T, np.cov(z.T), rtol=1e-3, atol=1e-5)


def test_the_prior_of_a_vae_adds_the_mean_posterior_variance():
    # The moments of the aggregated posterior: Cov[mean] + E[σ²].
    model = build("VAE of vectors")
    x = examples(model.input_shape, 300)
    before = model.sample(4, seed=0)
    assert model.fit_prior(x) is model
    posterior = model.encode_distribution(x)
    expected = np.cov(posterior.mean.T) + np.diag(np.exp(posterior.log_var).mean(0))
    cholesky = model.fitted_prior.cholesky.numpy()
    np.testing.assert_allclose(cholesky @ cholesky.T, expected, rtol=1e-3, atol=1e-5)
    # From now on `sample` draws from it.
    assert np.any(model.sample(4, seed=0) != before)


def test_a_prior_can_be_fitted_to_a_dataset(autoencoder):
    x = examples(autoencoder.input_shape, 500)
    dataset = tf.data.Dataset.from_tensor_slices((x, np.arange(500))).batch(128)
    other = build("Autoencoder of vectors").fit_prior(dataset)
    np.testing.assert_array_equal(other.sample(3, seed=0), autoencoder.sample(3, seed=0))


def test_a_fitted_prior_is_saved_with_the_model(autoencoder, tmp_path):
    autoencoder.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.sample(3, seed=0), autoencoder.sample(3, seed=0))


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_variations_range_from_the_posterior_to_the_spread_of_the_prior(monkeypatch, strength):
    model, x, _, _ = trained("VAE of vectors")
    posterior, drawn = model.encode_distribution(x[:2]), []

    def decode(z, label=None):
        drawn.append(z.reshape(2, -1, 3))
        return np.zeros((len(z), *model.input_shape), "float32")

    monkeypatch.setattr(model, "decode", decode)
    model.variations(x[:2], 20_000, seed=0, strength=strength)
    np.testing.assert_allclose(drawn[0].mean(1), posterior.mean, atol=0.06)
    variance = np.exp(posterior.log_var)
    expected = variance + strength**2 * np.maximum(1 - variance, 0)
    np.testing.assert_allclose(drawn[0].var(1), expected, rtol=0.05)


def test_variations_of_one_and_of_many():
    model, x, _, _ = trained("ConvVAE sigma")
    assert model.variations(x[0], 5, seed=0).shape == (5, *model.input_shape)
    assert model.variations(x[:3], 5, seed=0).shape == (3, 5, *model.input_shape)
    np.testing.assert_array_equal(model.variations(x[0], seed=4), model.variations(x[0], seed=4))
    assert np.any(model.variations(x[0], seed=4) != model.variations(x[0], seed=5))


def test_variations_of_an_autoencoder_spread_with_its_prior(autoencoder):
    x = examples(autoencoder.input_shape, 2)
    near = autoencoder.variations(x, 200, seed=0, strength=0.1)
    far = autoencoder.variations(x, 200, seed=0, strength=1.0)
    center = autoencoder.reconstruct(x)[:, None]
    assert np.abs(near - center).mean() < 0.3 * np.abs(far - center).mean()


def test_a_long_run_shows_a_progress_bar_on_a_terminal_and_a_short_one_none(capsys, monkeypatch):
    model, x, _, _ = trained("VAE of vectors")
    model.encode(np.repeat(x, 2, 0), batch_size=1)
    assert capsys.readouterr().out == ""  # Goes into a file.
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    model.encode(x, batch_size=4)
    assert capsys.readouterr().out == ""
    model.encode(np.repeat(x, 2, 0), batch_size=1)
    assert "batch" in capsys.readouterr().out
    model.encode(np.repeat(x, 2, 0), batch_size=1, verbose=0)
    assert capsys.readouterr().out == ""
