"""A VAE with a posterior, or a prior, of which only draws and log densities are known."""

import numpy as np
import pytest

from keras_genae import VAE
from keras_genae.anomaly import likelihood_regret
from keras_genae.distributions import DiagonalNormal
from keras_genae.evaluation import (
    active_units,
    distortion,
    elbo,
    kl_per_unit,
    latent_space_quality,
    log_likelihood,
    mutual_information,
    rate,
    rate_distortion,
)
from keras_genae.training import CollapseMonitor

X = np.random.default_rng(0).normal(size=(40, 6)).astype("float32")


class OnlyDraws:
    """A normal posterior that knows neither its KL nor that its units are independent."""

    def __init__(self, mean, log_var):
        self.normal = DiagonalNormal(mean, log_var)
        self.mean, self.parameters = mean, (mean, log_var)

    def sample(self, seed=None):
        return self.normal.sample(seed)

    def log_prob(self, z):
        return self.normal.log_prob(z)


class OnlyDensity:
    """N(0, I), of which nobody knows that it is normal."""

    def log_prob(self, z):
        return DiagonalNormal.standard(2).log_prob(z)


class DrawsVAE(VAE):
    WHITENS = KL_IS_OF_UNITS = False

    def posterior_of(self, *parameters):
        return OnlyDraws(*parameters)


class DensityVAE(VAE):
    WHITENS = KL_IS_OF_UNITS = False

    @property
    def prior(self):
        return OnlyDensity()


def build(model_class):
    model = model_class((6,), latent_dim=2, widths=(4,), seed=0)
    model.encoder.set_weights([w + 0.1 for w in model.encoder.get_weights()])
    model.compile(run_eagerly=True)
    return model


def same_weights(model, other):
    model.set_weights(other.get_weights())
    return model


class Plain(VAE):
    WHITENS = False


@pytest.fixture(scope="module", params=[DrawsVAE, DensityVAE])
def pair(request):
    """A model without the closed form, and the VAE that it is."""
    plain = build(Plain)
    return same_weights(build(request.param), plain), plain


def test_the_kl_at_the_draw_is_the_kl_in_the_mean(pair):
    many = np.repeat(X[:2], 20_000, axis=0)
    terms, exact = (m.evaluate(many, verbose=0, batch_size=40_000, return_dict=True) for m in pair)
    assert terms["reconstruction_loss"] == pytest.approx(exact["reconstruction_loss"], rel=1e-6)
    assert terms["kl_loss"] == pytest.approx(exact["kl_loss"], abs=0.04)  # 40,000 draws.
    assert terms["kl_loss"] != exact["kl_loss"]


def test_what_is_measured_is_what_the_vae_measures(pair):
    model, plain = pair
    np.testing.assert_allclose(
        rate(model, X[:5], num_samples=8000), rate(plain, X[:5]), rtol=0.05, atol=0.05
    )
    # The same draws.
    for measure in (distortion, log_likelihood):
        np.testing.assert_allclose(
            measure(model, X, num_samples=20), measure(plain, X, num_samples=20), rtol=1e-5
        )
    bound = elbo(model, X, num_samples=20)
    np.testing.assert_allclose(
        bound, -distortion(model, X, num_samples=20) - rate(model, X, num_samples=20)
    )
    np.testing.assert_allclose(
        log_likelihood(model, X, num_samples=1), elbo(model, X, num_samples=1), rtol=1e-5
    )
    assert sum(rate_distortion(model, X)) == pytest.approx(-elbo(model, X).mean(), rel=1e-5)
    np.testing.assert_array_equal(active_units(model, X), active_units(plain, X))


def test_without_a_normal_posterior_the_measures_that_need_one_say_so():
    model = build(DrawsVAE)
    for measure in (mutual_information, kl_per_unit, likelihood_regret):
        with pytest.raises(ValueError, match=f"`{measure.__name__}` is defined here for normal"):
            measure(model, X)
    with pytest.raises(ValueError, match="with a OnlyDraws"):
        model.fit(X, verbose=0, callbacks=[CollapseMonitor(X)])
    quality = latent_space_quality(model, X[:20], X[20:])
    assert "rate" in quality and "mutual_information" not in quality
    # Draws stand in for the moments of the posteriors.
    z, variance = model.posterior_moments(X)
    assert z.shape == (40, 2) and variance is None and not np.array_equal(z, model.encode(X))
    assert model.variations(X[0], count=3, seed=0).shape == (3, 6)
    model.fit_prior(X)


def test_with_another_prior_the_measures_of_the_posterior_work():
    model = build(DensityVAE)
    plain = same_weights(build(Plain), model)
    assert mutual_information(model, X) == mutual_information(plain, X)
    with pytest.raises(ValueError, match="does not split into units"):
        kl_per_unit(model, X)
    # The mean over matched draws of a normal log density is its expectation.
    regret, exact = (likelihood_regret(m, X[:4], steps=5) for m in (model, plain))
    np.testing.assert_allclose(regret, exact, rtol=1e-3, atol=1e-3)
    assert model.fit(X, epochs=1, verbose=0, callbacks=[CollapseMonitor(X[:1])]).history


def test_free_bits_are_refused_where_there_are_no_units():
    with pytest.raises(ValueError, match="`free_bits` are granted to each unit"):
        DrawsVAE((6,), latent_dim=2, widths=(4,), free_bits=0.1)
