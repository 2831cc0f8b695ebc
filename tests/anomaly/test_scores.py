import numpy as np
import pytest
from linear_gaussian import LinearGaussian
from sample_data import blobs

from keras_genae import Autoencoder
from keras_genae.anomaly.latent_density import LatentDensity
from keras_genae.anomaly.likelihood_regret import likelihood_regret, matched_draws
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


LATENTS = [3, 10, 50]


@pytest.mark.parametrize("orthogonal", [True, False])
@pytest.mark.parametrize("latents", LATENTS)
def test_where_the_posterior_is_the_best_there_is_nothing_to_regret(latents, orthogonal):
    best = LinearGaussian(latents, features=latents + 4, orthogonal=orthogonal)
    regret = likelihood_regret(best.model, best.x)
    assert (regret >= 0.0).all()
    assert regret.mean() < (0.01 if orthogonal else 0.05)


@pytest.mark.parametrize("latents", LATENTS)
def test_regret_is_what_the_elbo_lacks_to_the_best(latents):
    exact = LinearGaussian(latents, features=latents + 4, shift=0.2, log_wider=0.5)
    np.testing.assert_allclose(likelihood_regret(exact.model, exact.x), exact.regret, rtol=0.01)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_draws_that_were_fitted_do_not_judge(vae, seed):
    # On a decoder that is not linear no few draws are exact: with those fitted as judges, few draws
    # would promise more than many.
    few, many = (
        likelihood_regret(vae, blobs(40, vae.input_shape, 8), num_samples=count, seed=seed)
        for count in (2, 64)
    )
    assert few.mean() < 1.05 * many.mean()


def test_draws_are_matched_to_the_moments_they_stand_for(rng):
    draws = matched_draws((3, 6, 4), rng)
    np.testing.assert_allclose(draws.mean(axis=1), 0.0, atol=1e-6)
    np.testing.assert_allclose(draws.var(axis=1), 1.0, rtol=1e-5)
    assert len(np.unique(np.abs(draws))) == 3 * 3 * 4


def test_draws_come_in_pairs(vae, normal):
    with pytest.raises(ValueError, match="pairs of opposite sign"):
        likelihood_regret(vae, normal, num_samples=3)


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
    half = np.zeros((1, 12, 12, 1), "float32")
    half[:, :, 6:] = 1.0  # An edge, where all that is known are blobs.
    assert density(vae, half)[0] > np.quantile(usual, 0.95)
    # What `sample` draws from is left as it was.
    np.testing.assert_array_equal(vae.sample(4, seed=0), before)


def test_the_latent_density_is_a_density():
    # One latent variable, so that the integral over it can be taken.
    model = Autoencoder((1,), latent_dim=1, widths=(4,), seed=0)
    x = np.random.default_rng(0).normal(size=(400, 1)).astype("float32")
    density = LatentDensity().fit(model, x)
    codes = model.encode(x)
    grid = np.linspace(codes.min() - 3, codes.max() + 3, 4001)[:, None]
    model.encode = lambda z, **_: z
    assert np.trapezoid(np.exp(-density(model, grid)), grid[:, 0]) == pytest.approx(1.0, abs=0.01)
