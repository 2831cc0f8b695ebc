import keras
import numpy as np
import pytest
from scipy import stats

from keras_genae import VAE, PoincareVAE
from keras_genae.evaluation import elbo, log_likelihood, rate

X = np.random.default_rng(0).normal(size=(30, 6)).astype("float32")


class Plain(VAE):
    WHITENS = False


def build(model_class=PoincareVAE, **options):
    keras.utils.set_random_seed(0)
    model = model_class((6,), latent_dim=2, widths=(8,), seed=0, **options)
    model.compile(keras.optimizers.SGD(1e-3), run_eagerly=True)
    return model


def test_in_almost_flat_space_it_is_the_vae():
    model, plain = build(curvature=1e-6), build(Plain)
    np.testing.assert_allclose(
        log_likelihood(model, X, num_samples=7), log_likelihood(plain, X, num_samples=7), rtol=1e-3
    )
    np.testing.assert_allclose(2.0 * model.encode(X), plain.encode(X), atol=1e-3)
    np.testing.assert_allclose(model.reconstruct(X), plain.reconstruct(X), atol=1e-3)
    np.testing.assert_allclose(
        rate(model, X[:3], num_samples=4000), rate(plain, X[:3]), rtol=0.05, atol=0.05
    )


def test_codes_and_samples_lie_in_the_ball_and_the_prior_is_its_own():
    model = build(curvature=2.0)
    drawn = model.draw_latents(20_000, np.random.default_rng(0), temperature=1.0)
    for z in (drawn, model.encode(X)):
        assert np.linalg.norm(z, axis=1).max() < 2.0**-0.5
    np.testing.assert_allclose(drawn.std(axis=0), model.density().stddev, rtol=0.03)
    usual = model.plausibility(drawn[:2000])
    assert stats.kstest(usual, "uniform").statistic < 0.05
    outside = np.array([[3.0, 4.0]], "float32")
    assert np.isfinite(model.decode(outside)).all()
    assert np.all(
        elbo(model, X[:3], num_samples=1000) < log_likelihood(model, X[:3], num_samples=1000)
    )


def test_the_curvature_changes_the_loss():
    losses = {
        build(curvature=c).evaluate(X, verbose=0, return_dict=True)["loss"] for c in (0.5, 1.0)
    }
    assert len(losses) == 2
    for curvature in (0.0, -1.0, float("inf")):
        with pytest.raises(ValueError, match="`curvature` must be a number above 0"):
            build(curvature=curvature)
