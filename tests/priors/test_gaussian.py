import keras
import numpy as np
import pytest
import scipy.stats

from keras_genae.priors import GaussianPrior

MEAN = np.array([3.0, -1.0, 0.0])
COVARIANCE = np.array([[4.0, 1.0, 0.0], [1.0, 0.5, 0.1], [0.0, 0.1, 0.09]])


@pytest.fixture
def codes(rng):
    return rng.multivariate_normal(MEAN, COVARIANCE, 20_000)


def fitted(*data):
    prior = GaussianPrior(3)
    prior.fit(*data)
    return prior


def covariance_of(prior):
    return prior.cholesky.numpy() @ prior.cholesky.numpy().T


def test_fit_finds_the_moments_of_the_codes(codes):
    prior = fitted(codes)
    np.testing.assert_allclose(prior.mean, codes.mean(0), rtol=1e-5)
    np.testing.assert_allclose(covariance_of(prior), np.cov(codes.T), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(prior.stddev, codes.std(0, ddof=1), rtol=1e-4)


def test_posterior_variances_are_added(codes, rng):
    variance = rng.uniform(0, 2, codes.shape)
    expected = np.cov(codes.T) + np.diag(variance.mean(0))
    np.testing.assert_allclose(covariance_of(fitted(codes, variance)), expected, rtol=1e-4)


def test_draws_have_the_moments_it_was_fitted_to(codes, rng):
    z = fitted(codes).sample(50_000, rng)
    assert z.dtype == "float32"
    np.testing.assert_allclose(z.mean(0), MEAN, atol=0.05)
    np.testing.assert_allclose(np.cov(z.T), COVARIANCE, atol=0.1)


def test_temperature_scales_the_deviation_from_the_mean(codes):
    prior = fitted(codes)
    warm, cold, frozen = (
        prior.sample(100, np.random.default_rng(0), temperature) for temperature in (1.0, 0.25, 0.0)
    )
    mean = prior.mean.numpy()
    np.testing.assert_allclose(cold - mean, 0.25 * (warm - mean), atol=1e-5)
    np.testing.assert_array_equal(frozen, np.tile(mean, (100, 1)))


def test_it_is_the_standard_normal_until_it_is_fitted(rng):
    z = rng.normal(size=(5, 3))
    expected = scipy.stats.norm.logpdf(z).sum(1)
    np.testing.assert_allclose(GaussianPrior(3).log_prob(z), expected, rtol=1e-5)


def test_the_density_is_that_of_scipy(codes):
    prior = fitted(codes)
    normal = scipy.stats.multivariate_normal(codes.mean(0), np.cov(codes.T))
    np.testing.assert_allclose(prior.log_prob(codes[:50]), normal.logpdf(codes[:50]), rtol=1e-3)


def test_whitened_codes_are_uncorrelated_and_come_back(codes):
    prior = fitted(codes)
    u = prior.whiten(codes)
    np.testing.assert_allclose(np.cov(u.T), np.eye(3), atol=1e-4)
    np.testing.assert_allclose(prior.color(u), codes, atol=1e-9)


@pytest.mark.parametrize("count", [2, 3, 50])
def test_codes_that_do_not_fill_the_space_are_fitted_all_the_same(count, rng):
    # Two examples, or a unit that never moves: a singular covariance.
    codes = rng.normal(size=(count, 3)) * [1.0, 1.0, 0.0]
    prior = fitted(codes)
    z = prior.sample(1000, rng)
    assert np.isfinite(z).all()
    assert z[:, 2].std() < 0.01


def test_codes_that_are_all_the_same_are_drawn_again(rng):
    z = fitted(np.full((10, 3), 7.0)).sample(5, rng)
    np.testing.assert_allclose(z, 7.0, atol=1e-4)


@pytest.mark.parametrize(
    ("codes", "named"),
    [
        (np.zeros((1, 3)), "at least two of them"),
        (np.zeros((10, 2)), r"Received: shape=\(10, 2\)"),
        (np.zeros(3), r"shape \(examples, 3\)"),
        (np.full((10, 3), np.nan), "not all finite"),
    ],
)
def test_codes_it_cannot_be_fitted_to_are_named(codes, named):
    with pytest.raises(ValueError, match=named):
        GaussianPrior(3).fit(codes)


def test_it_is_saved_with_its_model(codes, tmp_path):
    prior = fitted(codes)
    holder = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    holder.prior = prior
    holder.save_weights(tmp_path / "holder.weights.h5")
    other = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    other.prior = GaussianPrior(3)
    other.load_weights(tmp_path / "holder.weights.h5")
    np.testing.assert_array_equal(covariance_of(other.prior), covariance_of(prior))


def test_the_config_makes_the_same_layer():
    config = keras.saving.serialize_keras_object(GaussianPrior(5, name="density"))
    again = keras.saving.deserialize_keras_object(config)
    assert again.latent_dim == 5 and again.name == "density" and not again.trainable_weights
