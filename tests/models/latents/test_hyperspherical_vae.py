import keras
import numpy as np
import pytest

from keras_genae import HypersphericalVAE
from keras_genae.distributions import UniformSphere
from keras_genae.evaluation import elbo, log_likelihood, rate

X = np.random.default_rng(0).normal(size=(30, 6)).astype("float32")


def build(latent_dim=3, **options):
    keras.utils.set_random_seed(0)
    model = HypersphericalVAE((6,), latent_dim, widths=(8,), seed=0, **options)
    model.compile(keras.optimizers.SGD(1e-3), run_eagerly=True)
    return model


@pytest.mark.parametrize("latent_dim", [2, pytest.param(5, marks=pytest.mark.slow)])
def test_the_rate_in_closed_form_is_the_mean_over_draws(latent_dim):
    model = build(latent_dim)
    exact = rate(model, X[:4])
    logged = model.evaluate(X[:4], verbose=0, return_dict=True)["kl_loss"]
    assert logged == pytest.approx(exact.mean(), rel=1e-5)
    posterior = model.posterior(np.repeat(X[:4], 3000, axis=0))
    z = posterior.sample(seed=0)
    log_ratio = posterior.log_prob(z) - UniformSphere(latent_dim).log_prob(z)
    by_draws = np.reshape(log_ratio, (4, -1)).mean(axis=1)
    np.testing.assert_allclose(by_draws, exact, atol=0.05)
    bound, estimate = (
        elbo(model, X[:4], num_samples=2000),
        log_likelihood(model, X[:4], num_samples=2000),
    )
    assert np.all(bound < estimate + 0.02)


def test_codes_paths_and_samples_lie_on_the_sphere():
    model = build()
    z = model.encode(X)
    np.testing.assert_allclose(np.linalg.norm(z, axis=1), 1.0, atol=1e-5)
    # Half way between two codes is what lies on the sphere above.
    middle = 0.5 * (z[:1] + z[1:2])
    above = middle / np.linalg.norm(middle)
    np.testing.assert_allclose(model.decode(middle), model.decode(above), atol=1e-5)
    drawn = model.draw_latents(500, np.random.default_rng(0), temperature=1.0)
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(drawn.mean(axis=0), 0.0, atol=0.1)
    np.testing.assert_allclose(model.prior_log_prob(drawn), -np.log(4 * np.pi), rtol=1e-5)
    assert model.sample(3, seed=0).shape == (3, 6) and model.variations(X[0], 2).shape == (2, 6)
    with pytest.raises(ValueError, match="temperature"):
        model.sample(3, temperature=0.5)


def test_zeros_are_encoded_somewhere_and_train():
    model = build()
    history = model.fit(np.zeros((8, 6), "float32"), epochs=2, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert all(np.isfinite(w).all() for w in model.get_weights())


def test_arguments_count():
    losses = {
        build(**options).evaluate(X, verbose=0, return_dict=True)["loss"]
        for options in ({}, {"latent_dim": 4}, {"beta": 3.0})
    }
    assert len(losses) == 3
    with pytest.raises(ValueError, match="`latent_dim` must be a whole number of at least 2"):
        build(latent_dim=1)
