"""What holds of every prior."""

import functools

import keras
import numpy as np
import pytest
from cases import fast

from keras_genae.models import VAE
from keras_genae.priors import PRIORS
from keras_genae.priors.kinds import check_kind

# Where a normal distribution of few codes is no worse: see test_shaped.py.
pytestmark = pytest.mark.filterwarnings("ignore:On codes held out")

KINDS = list(PRIORS)
SHAPED = KINDS[1:]  # All but the normal distribution.
# Without networks, which are tried each time in files of their own.
FAST = ["gaussian", "gmm"]
EACH = pytest.mark.parametrize("kind", fast(KINDS, FAST))
# So that each is fitted in a second or two.
SIZES = {
    "flow": {"pairs": 2, "width": 32},
    "maf": {"steps": 3, "width": 32},
    "flow_matching": {"width": 64},
}
OPTIONS = {
    "gmm": {"components": 2},
    "vamp_mixture": {"components": 100},
    "flow": {"epochs": 6},
    "maf": {"epochs": 10},
    "flow_matching": {"epochs": 20},
    "two_stage": {"epochs": 20},
}
# Networks are compiled anew in each fit: where a test fits again, they are tried in the slow run.
EACH_FITTED_AGAIN = [
    pytest.param(kind, marks=pytest.mark.slow) if "epochs" in OPTIONS.get(kind, {}) else kind
    for kind in KINDS
]


def new(kind, latent_dim=2):
    parts = dict(SIZES.get(kind, {}))
    if kind == "two_stage":
        widths = (64, 64)
        parts["vae"] = VAE((latent_dim,), latent_dim, likelihood="sigma", widths=widths, seed=0)
    return PRIORS[kind](latent_dim, **parts)


def two_modes(count=1000):
    """Codes around (-4, 1) and (4, 1), σ = ½."""
    rng = np.random.default_rng(5)
    return rng.normal([0.0, 1.0], 0.5, (count, 2)) + np.outer(rng.choice([-4, 4], count), [1, 0])


@functools.cache
def fitted(kind):
    prior = new(kind)
    prior.fit(two_modes(), **OPTIONS.get(kind, {}))
    return prior


@EACH
def test_draws_have_the_moments_of_the_codes(kind, rng):
    z, codes = fitted(kind).sample(5000, rng), two_modes()
    assert z.shape == (5000, 2) and z.dtype == "float32"
    np.testing.assert_allclose(z.mean(0), codes.mean(0), atol=0.6)
    np.testing.assert_allclose(z.std(0), codes.std(0), rtol=0.2)
    np.testing.assert_allclose(fitted(kind).stddev, codes.std(0), rtol=0.05)


@EACH
def test_only_the_normal_distribution_draws_between_two_modes(kind, rng):
    between = np.mean(np.abs(fitted(kind).sample(5000, rng)[:, 0]) < 1.5)
    assert between > 0.2 if kind == "gaussian" else between < 0.08


@EACH
def test_the_density_integrates_to_one(kind):
    # On a grid wide enough to hold all of it and finer than the modes. The bound of the second VAE
    # leaves a little out.
    x, y = np.meshgrid(np.linspace(-20, 20, 401), np.linspace(-3, 5, 81))
    log_prob = fitted(kind).log_prob(np.stack([x.ravel(), y.ravel()], axis=1))
    assert log_prob.shape == (x.size,) and log_prob.dtype == "float32"
    integral = np.sum(np.exp(log_prob.astype("float64"))) * 0.1 * 0.1
    assert integral == pytest.approx(1.0, abs=0.1 if kind == "two_stage" else 0.01)


@pytest.mark.parametrize("kind", fast(SHAPED, FAST[1:]))
def test_each_shape_fits_two_modes_better_than_a_normal_distribution(kind):
    codes = two_modes(2000)[1000:]
    assert np.mean(fitted(kind).log_prob(codes) - fitted("gaussian").log_prob(codes)) > 0.5


@EACH
def test_a_low_temperature_draws_what_is_more_likely(kind):
    prior = fitted(kind)
    warm, cold = (prior.sample(1000, np.random.default_rng(0), t) for t in (1.0, 0.5))
    assert prior.log_prob(cold).mean() > prior.log_prob(warm).mean() + 0.1


@pytest.mark.parametrize("kind", EACH_FITTED_AGAIN)
def test_the_same_seed_gives_the_same_density(kind):
    codes, options = two_modes(200), dict(OPTIONS.get(kind, {}))
    if "epochs" in options:
        options["epochs"] = 1
    first, second, used = new(kind), new(kind), new(kind)
    used.fit(codes[:100] + 3.0, **options)  # What it was fitted to before does not matter.
    for prior in (first, second, used):
        keras.utils.set_random_seed(id(prior) % 1000)
        prior.fit(codes, seed=3, **options)
    np.testing.assert_array_equal(first.log_prob(codes), second.log_prob(codes))
    np.testing.assert_array_equal(first.log_prob(codes), used.log_prob(codes))


@EACH
def test_it_is_of_no_weight_in_training(kind):
    assert not fitted(kind).trainable_weights
    # None in half precision; those of whole numbers are counters.
    assert {weight.dtype for weight in fitted(kind).weights} <= {"float32", "int32"}


@pytest.mark.parametrize("kind", EACH_FITTED_AGAIN)
@pytest.mark.parametrize("latent_dim", [1, 3])
def test_few_codes_of_any_size_in_far_off_units(kind, latent_dim, rng):
    options = dict(OPTIONS.get(kind, {}))
    if "epochs" in options:
        options["epochs"] = 1
    center, scale = 1e3, 1e-2
    prior = new(kind, latent_dim)
    variance = np.full((30, latent_dim), 1e-5)
    prior.fit(rng.normal(center, scale, (30, latent_dim)), variance, **options)
    z = prior.sample(500, rng)
    assert np.all(np.abs(z.mean(0) - center) < scale)
    assert np.all(np.abs(np.log(z.std(0) / scale)) < 1.0)
    assert np.isfinite(prior.log_prob(z)).all()


@pytest.mark.parametrize("kind", EACH_FITTED_AGAIN)
def test_codes_that_are_all_the_same_are_drawn_again(kind, rng):
    options = {"epochs": 1} if "epochs" in OPTIONS.get(kind, {}) else {}
    prior = new(kind)
    prior.fit(np.full((10, 2), 7.0), **options)
    np.testing.assert_allclose(prior.sample(5, rng), 7.0, atol=1e-3)


@EACH
def test_the_config_makes_an_equal_prior_to_load_weights_into(kind):
    prior = fitted(kind)
    config = keras.saving.serialize_keras_object(prior)
    again = keras.saving.deserialize_keras_object(config)
    again.set_weights(prior.get_weights())
    codes = two_modes(20)
    np.testing.assert_array_equal(again.log_prob(codes), prior.log_prob(codes))


@EACH
@pytest.mark.parametrize(
    ("moments", "named"),
    [
        ((np.zeros((1, 2)),), "at least two of them"),
        ((np.zeros((10, 3)),), r"Received: shape=\(10, 3\)"),
        ((np.full((10, 2), np.nan),), "not all finite"),
        ((np.zeros((10, 2)), np.ones((9, 2))), r"Received: variance.shape=\(9, 2\)"),
        ((np.zeros((10, 2)), -np.ones((10, 2))), "at least 0"),
    ],
)
def test_moments_it_cannot_be_fitted_to_are_named(kind, moments, named):
    with pytest.raises(ValueError, match=named):
        new(kind).fit(*moments)


@EACH
def test_a_density_is_that_of_latent_vectors(kind):
    with pytest.raises(ValueError, match=r"shape \(n, 2\).*Received: z.shape=\(4, 5\)"):
        fitted(kind).log_prob(np.zeros((4, 5)))


def test_an_unknown_kind_names_the_known_ones():
    with pytest.raises(ValueError, match=", ".join(map(repr, KINDS)) + ".*Received: kind='kde'"):
        check_kind("kde")
