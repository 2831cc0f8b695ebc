"""The mathematics of several levels."""

import numpy as np
import pytest
from scipy import stats
from two_levels import SIGMA, SLOPE, SPREAD, draws, log_prob, two_levels
from zoo import build, examples

from keras_genae.evaluation import (
    active_units,
    fit_directions,
    kl_per_unit,
    latent_space_quality,
)
from keras_genae.evaluation.likelihood import distortion, elbo, log_likelihood, rate
from keras_genae.models.hierarchical.hierarchy import kl_of_levels
from keras_genae.models.hierarchical.hierarchy import log_prob as log_prob_of_level


def test_with_the_true_posterior_every_draw_weighs_log_p():
    model, x = two_levels(), draws(20)
    log_weights = np.float64(model.log_weights(x, 3))
    np.testing.assert_allclose(log_weights, np.tile(log_prob(x)[:, None], 3), atol=1e-4)
    np.testing.assert_allclose(log_likelihood(model, x, num_samples=1), log_prob(x), atol=1e-4)
    np.testing.assert_allclose(elbo(model, x, num_samples=2), log_prob(x), atol=1e-4)


@pytest.mark.slow
def test_with_another_the_bound_rises_from_the_elbo_to_log_p():
    model, x = two_levels(shift=0.5, log_wider=0.7), draws(400)
    bounds = [log_likelihood(model, x, num_samples=count).mean() for count in (1, 10, 1000)]
    assert elbo(model, x, num_samples=10).mean() + 0.05 < bounds[1] < bounds[2] - 0.005
    assert bounds[2] == pytest.approx(log_prob(x).mean(), abs=0.01)
    # What the ELBO lacks is the KL of the top's posterior: that below is the true one.
    precision = 1.0 + SLOPE**2 / (SIGMA**2 / 1.65 + SPREAD**2)
    lacking = 0.5 * (np.exp(0.7) - 0.7 - 1.0) + 0.5 * precision * 0.25
    error = log_prob(x).mean() - elbo(model, x, num_samples=500).mean()
    assert error == pytest.approx(lacking, abs=0.02)


def test_elbo_is_minus_distortion_minus_rate():
    model, x = two_levels(shift=0.5), draws(5)
    parts = distortion(model, x, num_samples=4) + rate(model, x, num_samples=4)
    np.testing.assert_allclose(elbo(model, x, num_samples=4), -parts, rtol=1e-5)


@pytest.mark.parametrize("name", ["LadderVAE", "DeepVAE"])
def test_the_kl_of_each_level_is_that_of_draws(name):
    model = build(name)
    for weight in model.trainable_variables:  # Heads that start at 0 are of no use here.
        weight.assign_add(np.random.default_rng(3).normal(0.0, 0.1, weight.shape))
    x = np.repeat(examples(model.input_shape, 1), 4000, axis=0)
    descent = model.posterior(x).drawn(seed=0)
    for kl, q, p, z in zip(
        kl_of_levels(descent), descent.posteriors, descent.priors, descent.z, strict=True
    ):
        # In closed form, in float64.
        mean, log_var, p_mean, p_log_var = (
            np.float64(part) for part in (q.mean, q.log_var, p.mean, p.log_var)
        )
        each = p_log_var - log_var - 1.0
        each = each + (np.exp(log_var) + (mean - p_mean) ** 2) / np.exp(p_log_var)
        by_hand = 0.5 * each.sum(axis=tuple(range(1, each.ndim)))
        np.testing.assert_allclose(kl, by_hand, rtol=1e-4, atol=1e-5)
        # By Monte Carlo.
        off = np.float64(log_prob_of_level(q, z) - log_prob_of_level(p, z)) - np.float64(kl)
        assert abs(off.mean()) < 5.0 * off.std() / np.sqrt(len(off)) + 1e-6


@pytest.mark.parametrize("name", ["LadderVAE", "DeepVAE"])
def test_free_bits_are_granted_to_each_level(name):
    plain = build(name)
    x = examples(plain.input_shape, 6)
    terms = plain.loss_terms(plain.unpack((x,)), training=False)
    granted = float(np.median([terms[name] for name in plain.level_names]))
    model = build(name, free_bits=granted, beta=0.3)
    terms = model.loss_terms(model.unpack((x,)), training=False)
    kls = np.stack([terms[name] for name in model.level_names])
    assert (kls < granted).any() and (kls > granted).any() and (kls >= 0.0).all()
    np.testing.assert_allclose(terms["kl_loss"], kls.sum(axis=0), rtol=1e-6)
    expected = terms["reconstruction_loss"] + 0.3 * np.maximum(kls, granted).sum(axis=0)
    np.testing.assert_allclose(model.weighted_sum(terms), expected, rtol=1e-5)


def test_terms_at_given_codes_are_those_of_the_way_down():
    model = build("LadderVAE")
    batch = model.unpack((examples(model.input_shape, 6),))
    posterior = model.posterior(batch.x)
    descent = posterior.drawn(model.noise_for(False, batch.x))
    expected = model.loss_terms(batch, training=False)
    for name, term in model.latent_terms(posterior, descent.z, batch).items():
        np.testing.assert_allclose(term, expected[name], rtol=1e-5)
    np.testing.assert_allclose(model.raw(descent.z), model.raw_of(descent), atol=1e-6)


def test_draws_have_the_moments_of_the_prior():
    model = two_levels()
    for temperature in (1.0, 0.5):
        top, low = model.draw_latents(20_000, np.random.default_rng(0), temperature)
        assert top.std() == pytest.approx(temperature, rel=0.03)
        expected = temperature * np.hypot(SLOPE, SPREAD)
        assert low.std() == pytest.approx(expected, rel=0.03)
        assert np.corrcoef(top[:, 0], low[:, 0])[0, 1] == pytest.approx(
            SLOPE / np.hypot(SLOPE, SPREAD), abs=0.01
        )


def test_fixed_levels_stay_and_those_below_are_drawn_given_them():
    model = two_levels()
    z = model.draw_latents(5, np.random.default_rng(3), 1.0)
    kept = model.draw_latents(5, np.random.default_rng(3), 1.0, fixed=z[:1])
    np.testing.assert_array_equal(kept[0], z[0])
    # The noise below is the same.
    np.testing.assert_allclose(kept[1], z[1], atol=1e-6)
    of_one = np.full((1, 1), 2.0, "float32")
    _, low = model.draw_latents(20_000, np.random.default_rng(0), 1.0, fixed=[of_one])
    assert (low.mean(), low.std()) == pytest.approx((2.0 * SLOPE, SPREAD), rel=0.03)
    np.testing.assert_allclose(model.sample(5, seed=3, fixed=z), model.decode(z), atol=1e-6)
    cold = model.sample(4, seed=0, temperature=0.0)
    np.testing.assert_array_equal(cold, np.repeat(cold[:1], 4, axis=0))


def test_levels_that_are_left_out_are_at_the_means_of_their_priors():
    model, x = two_levels(), draws(6)
    z = model.encode(x)
    np.testing.assert_allclose(model.reconstruct(x, levels=2), model.reconstruct(x), atol=1e-6)
    top_alone = model.decode([z[0], SLOPE * z[0]])
    np.testing.assert_allclose(model.reconstruct(x, levels=1), top_alone, atol=1e-6)
    np.testing.assert_allclose(model.decode(z[:1]), top_alone, atol=1e-6)


def test_variations_keep_the_upper_levels():
    model, x = two_levels(), draws(2)
    wide = model.variations(x[0], 4000, seed=0, strength=1.0)
    near = model.variations(x[0], 4000, seed=0, strength=0.0)
    between = model.variations(x[0], 4000, seed=0, strength=0.5)
    spreads = [v.std(axis=0)[0] for v in (near, between, wide)]
    assert spreads[0] < spreads[1] < spreads[2]
    assert spreads[2] == pytest.approx(np.hypot(SLOPE, SPREAD), rel=0.05)
    assert model.variations(x, 3, seed=0).shape == (2, 3, 3)


def test_interpolations_go_from_code_to_code_on_each_level():
    model, x = two_levels(), draws(2)
    strip = model.interpolate(x[0], x[1], steps=3)
    z = model.encode(x)
    half = model.decode([part.mean(axis=0, keepdims=True) for part in z])
    np.testing.assert_allclose(
        strip, [*model.reconstruct(x[:1]), *half, *model.reconstruct(x[1:])], atol=1e-5
    )


def test_densities_and_active_units_of_all_levels():
    model, x = two_levels(), draws(50)
    z = model.encode(x)
    covariance = np.array([[1.0, SLOPE], [SLOPE, SLOPE**2 + SPREAD**2]])
    expected = stats.multivariate_normal(np.zeros(2), covariance).logpdf(np.concatenate(z, axis=1))
    np.testing.assert_allclose(model.prior_log_prob(z), expected, atol=1e-4)
    assert 0.2 < model.plausibility([np.ones((1, 1)), np.ones((1, 1)) * SLOPE])[0] < 0.95
    assert [part.tolist() for part in active_units(model, x)] == [[True], [True]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m, x: m.decode(m.encode(x)[0]), "a list of arrays, one a level"),
        (lambda m, x: m.decode([*m.encode(x), x]), "a list of arrays, one a level"),
        (lambda m, x: m.decode([x]), "a list of arrays, one a level"),
        (lambda m, x: m.prior_log_prob(m.encode(x)[:1]), "at least 2"),
        (lambda m, x: m.reconstruct(x, levels=3), "The model has 2 levels"),
        (lambda m, x: m.reconstruct(x, levels=0), "`levels` must be a whole number"),
        (lambda m, x: m.sample(4, fixed=m.encode(x)[:1]), "of one example or of all 4"),
        (lambda m, x: m.sample(4, label=3), "knows nothing of labels"),
        (lambda m, x: m.fit_prior(x), "each other's prior"),
        (lambda m, x: m.density(), "`prior_log_prob` gives"),
        (lambda m, x: kl_per_unit(m, x), "a posterior of class Hierarchy"),
        (lambda m, x: latent_space_quality(m, x, x), "the code of an example for a vector"),
        (lambda m, x: fit_directions(m, x, {"a": [0, 1, 1]}), "the code of an example for a vec"),
    ],
)
def test_what_has_no_meaning_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(two_levels(), draws(3))
