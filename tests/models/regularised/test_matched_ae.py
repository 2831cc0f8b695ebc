"""WAE and SWAE: codes that are spread like N(0, I)."""

import keras
import numpy as np
import pytest
from divergences_by_hand import mmd_by_hand, sliced_wasserstein_by_hand
from regularised import by_one_step, is_the_autoencoder
from scipy.stats import norm
from zoo import build, compiled, examples

from keras_genae import SWAE, WAE
from keras_genae.noise import ExampleSeeds, normal
from keras_genae.training import FitSchedule

BOTH = pytest.mark.parametrize("name", ["SWAE", "WAE"])
VECTORS = {"input_shape": (16,)}
X = examples((16,), 12)
WEIGHT = np.linspace(0.0, 2.0, 12).astype("float32")


@BOTH
def test_without_a_weight_it_is_the_autoencoder(name):
    is_the_autoencoder(name, penalty_weight=0.0, **VECTORS)


@pytest.mark.parametrize("kernel", ["imq", "rbf"])
def test_mmd_is_that_of_the_codes_and_as_many_draws_with_their_weights(kernel):
    model = compiled(build("WAE", kernel=kernel, **VECTORS), run_eagerly=True)
    logs = model.evaluate(X, sample_weight=WEIGHT, verbose=0, return_dict=True)
    z, y = np.float64(model.encode(X)), np.float64(normal((12, 3), ExampleSeeds(np.arange(12))))
    by_hand = mmd_by_hand(z, y, kernel, v=WEIGHT, w=WEIGHT)
    assert logs["mmd_loss"] == pytest.approx(by_hand, abs=1e-5)


def test_sliced_wasserstein_is_that_of_the_weighted_codes():
    model = compiled(build("SWAE"), run_eagerly=True)
    logs = model.evaluate(X, sample_weight=WEIGHT, verbose=0, return_dict=True)
    directions = np.float64(normal((10, 3), ExampleSeeds(np.arange(10))))
    z = np.float64(model.encode(X))
    by_hand = sliced_wasserstein_by_hand(z, directions, np.float64(WEIGHT), points=20_000)
    assert logs["sliced_wasserstein_loss"] == pytest.approx(by_hand, rel=1e-2)


def drawn(model):
    """The divergence of a batch in training, twice; the codes are the same."""
    batch = model.unpack((X,))
    return [float(model.loss_terms(batch, training=True)[model.PENALTY][0]) for _ in range(2)]


@BOTH
def test_training_draws_anew(name):
    once, twice = drawn(build(name, **VECTORS))
    assert once != twice


@BOTH
def test_codes_become_standard_normal(name):
    # Two independent numbers, evenly spread, with room to be folded into a ball.
    model = build(name, latent_dim=2, input_shape=(2,), penalty_weight=100.0, widths=(32,))
    # At a rate that falls: at one that does not, the last batches move the codes' mean by a tenth.
    compiled(model, keras.optimizers.Adam(FitSchedule(0.01)))
    x = np.random.default_rng(0).uniform(-1.0, 3.0, (64 * 300, 2)).astype("float32")
    model.fit(x, batch_size=64, verbose=0)
    z = model.encode(x[:2000])
    np.testing.assert_allclose(z.mean(0), 0.0, atol=0.15)
    np.testing.assert_allclose(np.cov(z.T), np.eye(2), atol=0.25)
    # The whole distribution, along one direction: Kolmogorov's distance.
    along = np.sort(z @ np.array([0.6, 0.8]))
    assert np.abs(norm.cdf(along) - np.linspace(0, 1, len(along))).max() < 0.1


@BOTH
def test_it_samples_from_the_standard_normal_from_the_start(name):
    model = build(name, **VECTORS)
    z = np.random.default_rng(0).standard_normal((4, 3)).astype("float32")
    np.testing.assert_array_equal(model.sample(4, seed=0), model.decode(z))
    np.testing.assert_allclose(model.prior_log_prob(z), norm.logpdf(z).sum(1), rtol=1e-5)
    # It is no VAE: there is no posterior to weigh against the prior.
    assert model.prior is None


@BOTH
def test_one_example_trains_without_nan(name):
    model = compiled(build(name, **VECTORS), run_eagerly=True)
    logs = model.train_on_batch(X[:1], return_dict=True)
    assert np.isfinite(logs["loss"])
    assert all(np.isfinite(w).all() for w in model.get_weights())


def test_every_argument_changes_the_loss():
    for name, changes in {
        "WAE": ({}, {"kernel": "rbf"}, {"penalty_weight": 1.0}, {"seed": 1}),
        "SWAE": ({}, {"slices": 11}, {"penalty_weight": 1.0}, {"seed": 1}),
    }.items():
        losses = [by_one_step(name, **VECTORS, **change) for change in changes]
        assert len(set(losses)) == len(losses)


@pytest.mark.parametrize(
    ("model_class", "arguments", "message"),
    [
        (WAE, {"kernel": "linear"}, r"`kernel` must be one of 'imq', 'rbf'\. Received"),
        (SWAE, {"slices": 0}, "`slices` must be a whole number of at least 1"),
    ],
)
def test_wrong_arguments_say_what_is_right(model_class, arguments, message):
    with pytest.raises(ValueError, match=message):
        model_class((16,), 3, **arguments)
