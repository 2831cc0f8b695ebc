import keras
import numpy as np
import pytest
import scipy.stats

from keras_genae.models import VAE
from keras_genae.priors import TwoStagePrior

# Where a normal distribution of few codes is no worse: see test_shaped.py.
pytestmark = pytest.mark.filterwarnings("ignore:On codes held out")


def second(latent_dim=2, **options):
    return VAE((latent_dim,), latent_dim, likelihood="sigma", widths=(16,), seed=0, **options)


def linear_prior():
    """A second VAE whose decoder is linear, so that its density is known: u ~ N(0, W Wᵀ + σ² I)."""
    w = keras.Input((2,))
    decoder = keras.Model(w, keras.layers.Dense(2, use_bias=False)(w))
    u = keras.Input((2,))
    heads = [keras.layers.Dense(2, name=name)(u) for name in ("mean", "log_var")]
    vae = VAE(encoder=keras.Model(u, heads), decoder=decoder, likelihood="sigma", seed=0)
    weight = np.array([[1.0, 0.5], [0.0, 0.8]])
    decoder.layers[-1].kernel.assign(weight)
    vae.optimal_scale.squared_error.assign(0.25)
    vae.optimal_scale.entries.assign(1.0)
    # q(w|u) with the mean of the exact posterior, and somewhat too wide.
    precision = np.eye(2) + weight @ weight.T / 0.25
    mean, log_var = vae.encoder.layers[-2:]
    mean.kernel.assign(weight.T @ np.linalg.inv(precision) / 0.25)
    log_var.kernel.assign(np.zeros((2, 2)))
    log_var.bias.assign(np.log(1.5 * np.diag(np.linalg.inv(precision))))
    return TwoStagePrior(2, vae), weight.T @ weight + 0.25 * np.eye(2)


def test_the_bound_is_close_below_the_exact_density():
    prior, covariance = linear_prior()
    u = np.random.default_rng(1).multivariate_normal([0, 0], covariance, 500)
    gap = scipy.stats.multivariate_normal([0, 0], covariance).logpdf(u) - prior.log_prob(u)
    assert 0.0 < gap.mean() < 0.1


def test_draws_are_decoded_draws_with_the_noise_of_the_likelihood(rng):
    prior, covariance = linear_prior()
    np.testing.assert_allclose(np.cov(prior.sample(50_000, rng).T), covariance, atol=0.04)
    assert np.all(prior.sample(3, rng, temperature=0.0) == 0.0)


@pytest.mark.slow
def test_the_second_vae_is_no_part_of_training_and_carries_no_optimizer(rng):
    prior = TwoStagePrior(2, second())
    prior.fit(rng.normal(size=(50, 2)), epochs=1)
    assert not prior.trainable_weights
    assert not prior.vae.compiled
    assert float(prior.vae.beta) == 1.0


def test_a_vae_of_its_own_is_not_shared_with_what_it_was_loaded_from(rng):
    prior = TwoStagePrior(2, second())
    again = TwoStagePrior.from_config(prior.get_config())
    assert again.vae is not prior.vae
    assert again.vae.get_config() == prior.vae.get_config()


def test_epochs_are_a_whole_number():
    with pytest.raises(ValueError, match="`epochs` must be a whole number of at least 1"):
        TwoStagePrior(2, second()).fit(np.eye(2), epochs=0)
