"""The continuous flow over maps: what it draws, and when it is none."""

import functools
import warnings

import numpy as np
import pytest
from flows import with_random_weights
from test_matching import COVARIANCE, ROOT

from keras_genae.priors import MapFlowMatchingPrior

NORMAL_KEPT = "On codes held out, the MapFlowMatchingPrior is no more likely than a normal"


def new(shape=(2, 2, 1), **options):
    return MapFlowMatchingPrior(shape, **{"widths": (8,), "steps": 2, **options})


def test_untrained_it_is_normal_noise(rng):
    prior, again = new((3, 2, 2), steps=8), np.random.default_rng(0)
    z = prior.sample(50, np.random.default_rng(0), temperature=0.5)
    np.testing.assert_allclose(z, 0.5 * again.standard_normal((50, 3, 2, 2)), atol=2e-3)


def test_the_channels_have_the_moments_of_the_codes(rng):
    # Few codes, which tell no more: the variance is that of the means and of the posteriors.
    mean = rng.normal([5.0, -1e2], [2.0, 1e-2], (6, 3, 2, 2))
    variance = np.broadcast_to([0.0, 1e-4], mean.shape)
    prior = new((3, 2, 2), steps=4)
    prior.fit(mean, variance)
    expected = np.sqrt(mean.var(axis=(0, 1, 2)) + np.array([0.0, 1e-4]))
    np.testing.assert_allclose(prior.stddev[0, 0], expected, rtol=1e-3)
    assert prior.stddev.shape == (3, 2, 2)
    z = prior.sample(500, rng).reshape(-1, 2).astype("float64")
    assert np.abs((z.mean(axis=0) - mean.mean(axis=(0, 1, 2))) / expected).max() < 0.06
    np.testing.assert_allclose(z.std(axis=0), expected, rtol=0.06)


@pytest.mark.parametrize("count", [2, 30])
def test_codes_that_are_all_the_same_are_drawn_again(count, rng):
    prior = new()
    prior.fit(np.full((count, 2, 2, 1), 7.0), epochs=1)
    np.testing.assert_allclose(prior.sample(5, rng), 7.0, atol=1e-3)


@pytest.mark.slow
def test_independent_normal_codes_are_drawn_as_such_with_a_warning(rng):
    prior = new((2, 2, 2), steps=8)
    with pytest.warns(UserWarning, match=NORMAL_KEPT + ".*200 codes of 2 × 2 × 2 units"):
        prior.fit(rng.normal(size=(200, 2, 2, 2)), epochs=3)
    assert not np.any(prior.field.unet.get_layer("output").kernel)
    assert not prior.trainable_weights


def test_noise_is_the_same_in_batches_of_any_size():
    prior = with_random_weights(new((2, 2, 1)))
    many = prior.sample(600, np.random.default_rng(0))
    x = np.random.default_rng(0).standard_normal((600, 2, 2, 1)).astype("float32")
    np.testing.assert_allclose(many[530:], prior.solve(x[530:]), rtol=1e-4, atol=1e-4)


@pytest.mark.slow
def test_eight_steps_are_as_good_as_many():
    few, many = (with_random_weights(new((4, 4, 2), steps=steps), 0.1) for steps in (8, 24))
    draws = [prior.sample(5, np.random.default_rng(0)) for prior in (few, many)]
    assert np.abs(draws[1] - np.random.default_rng(0).standard_normal((5, 4, 4, 2))).max() > 0.1
    np.testing.assert_allclose(*draws, atol=5e-3)


def test_a_density_is_refused_and_says_why():
    with pytest.raises(ValueError, match=r"does not tell how likely.*trace of the Jacobian"):
        new().log_prob(np.zeros((1, 2, 2, 1)))


@pytest.mark.parametrize(
    ("moments", "named"),
    [
        ((np.zeros((10, 4)),), r"shape \(examples, 2, 2, 1\).*Received: shape=\(10, 4\)"),
        ((np.zeros((1, 2, 2, 1)),), "at least two of them"),
        ((np.full((10, 2, 2, 1), np.nan),), "not all finite"),
        ((np.zeros((10, 2, 2, 1)), np.zeros((10, 2, 2, 2))), "Received: variance.shape"),
    ],
)
def test_moments_it_cannot_be_fitted_to_are_named(moments, named):
    with pytest.raises(ValueError, match=named):
        new().fit(*moments)


@functools.cache
def of_normal_codes():
    """Fitted to maps 2 × 2 of N(0, Σ)."""
    rng = np.random.default_rng(0)
    codes = (rng.normal(size=(6000, 4)) @ ROOT.T).reshape(-1, 2, 2, 1)
    prior = new(widths=(32,), steps=16)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        prior.fit(codes, epochs=15)
    return prior


@pytest.mark.slow
def test_the_field_of_normal_codes_is_the_closed_form(rng):
    # Of the standardised codes u = z / s: Σ has another scale there, and x_t with it.
    prior = of_normal_codes()
    s = prior.stddev.ravel()[0]
    for t in (0.1, 0.5, 0.9):
        covariance = COVARIANCE / s**2
        root = np.linalg.cholesky(t**2 * covariance + (1.0 - t) ** 2 * np.eye(4))
        x = rng.normal(size=(2000, 4)) @ root.T
        along = t * covariance - (1.0 - t) * np.eye(4)
        expected = x @ (along @ np.linalg.inv(root @ root.T)).T
        found = prior.field(x.reshape(-1, 2, 2, 1), np.full((2000, 1), t)).numpy().reshape(-1, 4)
        print(t, np.mean(np.square(found - expected)), np.mean(np.square(expected)))
        assert np.mean(np.square(found - expected)) < 0.02 * np.mean(np.square(expected))


@pytest.mark.slow
def test_draws_of_normal_codes_have_their_mean_and_covariance(rng):
    z = of_normal_codes().sample(1000, rng).reshape(-1, 4)
    mean_error = np.sqrt(np.diag(COVARIANCE) / 1000)
    assert np.abs(z.mean(axis=0) / mean_error).max() < 3.5
    # Of normal draws, Var(cov_ij) = (σ_ii σ_jj + σ_ij²) / n.
    variances = np.diag(COVARIANCE)
    error = np.sqrt((np.outer(variances, variances) + np.square(COVARIANCE)) / 1000)
    print(np.cov(z.T), COVARIANCE, (np.cov(z.T) - COVARIANCE) / error)
    assert np.abs((np.cov(z.T) - COVARIANCE) / error).max() < 3.5


MIDDLES, STDDEVS = {"low": -1.0, "high": 2.0}, {"low": 0.5, "high": 1.0}


@functools.cache
def of_classes():
    """Fitted to maps 2 × 2 of two normal classes."""
    rng = np.random.default_rng(0)
    labels = np.array(["low", "high"])[rng.integers(2, size=4000)]
    codes = [rng.normal(MIDDLES[label], STDDEVS[label], (2, 2, 1)) for label in labels]
    prior = new(widths=(32,), steps=8, classes=["low", "high"])
    prior.fit(np.stack(codes), labels=labels, epochs=15)
    return prior


@pytest.mark.slow
@pytest.mark.parametrize("label", ["low", "high"])
def test_draws_of_a_class_have_its_mean_and_variance(label, rng):
    z = of_classes().sample(1000, rng, label=label)
    print(label, z.mean(), z.std(axis=0).ravel())
    assert z.mean() == pytest.approx(MIDDLES[label], abs=0.1 * STDDEVS[label])
    assert z.std() == pytest.approx(STDDEVS[label], rel=0.1)


@pytest.mark.slow
def test_guidance_moves_draws_away_from_the_other_class(rng):
    def mean(label, guidance):
        again = np.random.default_rng(0)
        return of_classes().sample(500, again, label=label, guidance=guidance).mean()

    means = {by: [mean(label, by) for label in ("low", "high")] for by in (0.0, 1.0, 2.0)}
    print(means)
    assert means[0.0][0] == means[0.0][1] == pytest.approx(0.5, abs=0.15)
    assert means[2.0][0] < means[1.0][0] - 0.1
    assert means[2.0][1] > means[1.0][1] + 0.1
