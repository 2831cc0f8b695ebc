import numpy as np
import pytest

import keras_genae as genae
from keras_genae.distributions import DiagonalNormal
from keras_genae.evaluation.latent_space.mutual_information import mutual_information


class Channel:
    """A VAE of which only the posterior matters: q(z|x) = N(x, σ² I)."""

    prior = "any"
    condition = None

    def __init__(self, sigma):
        self.sigma = sigma

    def posterior(self, x):
        return DiagonalNormal(x, np.full_like(x, 2.0 * np.log(self.sigma)))

    def encode_distribution(self, x, label, batch_size, verbose):
        return self.posterior(np.asarray(x, "float32"))


@pytest.mark.parametrize("scales", [[1.0], [2.0, 0.5, 0.0]])
def test_of_a_gaussian_channel_it_is_the_capacity(scales):
    sigma = 0.8
    # Another seed than that of the draws of z, or the noise would be the signal.
    x = np.random.default_rng(1).normal(size=(1500, len(scales))) * scales
    exact = np.sum(0.5 * np.log1p(np.square(scales) / sigma**2))
    assert mutual_information(Channel(sigma), x, verbose=0) == pytest.approx(exact, abs=0.08)


def test_posteriors_that_are_all_the_same_tell_nothing():
    x = np.full((50, 3), 1.7)
    assert mutual_information(Channel(0.3), x) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("sigma", [1e-4, 0.01])
def test_posteriors_far_apart_tell_which_example_it_was(sigma):
    x = np.arange(64.0)[:, None] * np.ones((1, 5))
    information = mutual_information(Channel(sigma), x)
    assert information == pytest.approx(np.log(64), abs=1e-5)


def test_it_never_exceeds_its_bound(rng):
    for count in (2, 10, 100):
        x = 3.0 * rng.normal(size=(count, 4))
        assert 0.0 < mutual_information(Channel(0.5), x) <= np.log(count) + 1e-9


def test_the_seed_decides_not_the_batches(rng):
    x = rng.normal(size=(100, 2))
    first, again, other = (
        mutual_information(Channel(1.0), x, batch_size=size, seed=seed)
        for size, seed in ((128, 0), (7, 0), (128, 1))
    )
    assert first == pytest.approx(again, abs=1e-12) and first != other


def test_a_model_of_the_zoo_and_one_without_posterior(rng):
    x = rng.normal(size=(30, 4)).astype("float32")
    vae = genae.VAE((4,), latent_dim=2, widths=(3,), seed=0)
    assert 0.0 < mutual_information(vae, x) < np.log(30)
    with pytest.raises(ValueError, match="`mutual_information` needs a posterior"):
        mutual_information(genae.Autoencoder((4,), latent_dim=2, widths=(3,)), x)
