import keras
import numpy as np
import pytest
from scipy import stats

from keras_genae import VAE, Autoencoder
from keras_genae.anomaly.latent_density import LatentDensity
from keras_genae.anomaly.likelihood_regret import likelihood_regret
from keras_genae.anomaly.metrics import auroc
from keras_genae.anomaly.scores import (
    negative_elbo,
    negative_log_likelihood,
    reconstruction_error,
    reconstruction_probability,
)
from keras_genae.evaluation.likelihood import rate

SCORES = [
    negative_elbo,
    negative_log_likelihood,
    reconstruction_error,
    reconstruction_probability,
    likelihood_regret,
]


@pytest.mark.parametrize("score", SCORES)
def test_anomalies_score_higher(score, vae, normal, odd):
    scores = np.concatenate([score(vae, normal[:60]), score(vae, odd)])
    assert auroc(scores, np.arange(120) >= 60) > 0.9


@pytest.mark.parametrize("score", SCORES)
def test_a_score_is_the_same_each_time_and_in_batches_of_any_size(score, vae, normal):
    scores = score(vae, normal[:30])
    assert scores.shape == (30,)
    np.testing.assert_array_equal(score(vae, normal[:30]), scores)
    np.testing.assert_allclose(score(vae, normal[:30], batch_size=7), scores, rtol=1e-3, atol=1e-3)


def test_the_error_is_that_of_the_reconstruction(vae, normal):
    expected = np.square(normal - vae.reconstruct(normal)).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(reconstruction_error(vae, normal), expected, rtol=1e-4)
    as_bytes = (255 * normal).astype("uint8")
    of_floats = reconstruction_error(vae, as_bytes / np.float32(255))
    np.testing.assert_allclose(reconstruction_error(vae, as_bytes), of_floats, rtol=1e-4)


def test_bounds_lie_in_order(vae, normal):
    # Distortion + rate is the ELBO's, which bounds −log p(x) from above.
    bound = negative_elbo(vae, normal, num_samples=50)
    parts = reconstruction_probability(vae, normal, num_samples=50) + rate(vae, normal)
    np.testing.assert_allclose(bound, parts, rtol=1e-5, atol=1e-3)
    assert negative_log_likelihood(vae, normal, num_samples=200).mean() < bound.mean()


def test_regret_grows_with_the_steps(vae, normal):
    few, many = (likelihood_regret(vae, normal[:40], steps) for steps in (5, 60))
    assert (few >= 0.0).all()
    assert (many >= few).all() and many.mean() > few.mean()


def test_regret_of_a_linear_model_is_all_that_the_elbo_lacks(rng):
    # With a linear decoder and one latent variable the posterior is normal: where q(z|x) is at its
    # best, the ELBO is log p(x), which is known.
    data, z = keras.Input((3,)), keras.Input((1,))
    heads = [keras.layers.Dense(1, name=name)(data) for name in ("mean", "log_var")]
    linear = keras.layers.Dense(3, bias_initializer="ones")
    encoder, decoder = keras.Model(data, heads), keras.Model(z, linear(z))
    model = VAE(encoder=encoder, decoder=decoder, likelihood="gaussian", scale=0.7, seed=0)
    x = rng.normal(size=(20, 3)).astype("float32")
    kernel, bias = linear.get_weights()
    evidence = stats.multivariate_normal(bias, kernel.T @ kernel + 0.49 * np.eye(3)).logpdf(x)
    lacking = evidence + negative_elbo(model, x, num_samples=20_000)
    regret = likelihood_regret(model, x, steps=300, num_samples=2000)
    np.testing.assert_allclose(regret, lacking, rtol=0.05, atol=0.1)


def test_regret_is_larger_where_the_encoder_knows_no_posterior(vae, normal, rng):
    noise = rng.random((30, 12, 12, 1)).astype("float32")
    assert likelihood_regret(vae, noise).min() > np.median(likelihood_regret(vae, normal[:60]))


def test_scores_of_the_posterior_need_one():
    model = Autoencoder((4,), latent_dim=2, widths=(3,), seed=0)
    x = np.zeros((5, 4), "float32")
    for score in (likelihood_regret, negative_elbo, negative_log_likelihood):
        with pytest.raises(ValueError, match="needs a posterior"):
            score(model, x)
    np.testing.assert_array_less(-1e-6, reconstruction_error(model, x))


@pytest.mark.parametrize("score", [likelihood_regret, reconstruction_error])
def test_other_data_are_refused(score, vae):
    with pytest.raises(ValueError, match=r"shape \(batch, 12, 12, 1\)"):
        score(vae, np.zeros((5, 11, 12, 1), "float32"))
    with pytest.raises(ValueError, match="not finite"):
        score(vae, np.full((5, 12, 12, 1), np.nan, "float32"))


def test_a_code_off_the_known_ones_has_a_low_density(vae, normal):
    before = vae.sample(4, seed=0)
    density = LatentDensity().fit(vae, normal)
    usual = density(vae, normal)
    assert density(vae, np.ones((1, 12, 12, 1), "float32"))[0] > np.quantile(usual, 0.95)
    # What `sample` draws from is left as it was.
    np.testing.assert_array_equal(vae.sample(4, seed=0), before)


def test_the_latent_density_is_a_density():
    # One latent variable, so that the integral over it can be taken.
    model = Autoencoder((1,), latent_dim=1, widths=(4,), seed=0)
    x = np.random.default_rng(0).normal(size=(400, 1)).astype("float32")
    density = LatentDensity().fit(model, x)
    codes = model.encode(x)
    grid = np.linspace(codes.min() - 3, codes.max() + 3, 4001)[:, None]
    model.encode = lambda z, *_: z
    assert np.trapezoid(np.exp(-density(model, grid)), grid[:, 0]) == pytest.approx(1.0, abs=0.01)
