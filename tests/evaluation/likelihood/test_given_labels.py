"""Likelihoods given a label, and where the model has to infer it."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from linear_gaussian import CLASSES, ConditionalLinearGaussian

import keras_genae as genae
from keras_genae.evaluation import (
    active_units,
    bits_per_dimension,
    distortion,
    elbo,
    kl_per_unit,
    latent_space_quality,
    log_likelihood,
    mutual_information,
    rate,
    rate_distortion,
    reconstruction_mse,
)

BOUNDS = [distortion, rate, elbo, log_likelihood]


@pytest.fixture(scope="module")
def exact():
    return ConditionalLinearGaussian()


@pytest.fixture(scope="module")
def wider():
    return ConditionalLinearGaussian(shift=0.3, log_wider=1.0)


def test_with_the_true_posterior_one_sample_is_exact(exact):
    found = log_likelihood(exact.model, exact.x, exact.label, num_samples=1)
    np.testing.assert_allclose(found, exact.log_prob(exact.label), atol=1e-3)


def test_many_samples_come_to_log_p_of_x_given_the_label(wider):
    truth = wider.log_prob(wider.label)
    found = log_likelihood(wider.model, wider.x, wider.label, num_samples=4000)
    np.testing.assert_allclose(found, truth, atol=0.1)
    # What the ELBO lacks is the KL from the true posterior, the same for all examples.
    bound = elbo(wider.model, wider.x, wider.label, num_samples=4000)
    np.testing.assert_allclose(truth - bound, wider.of_offsets.regret, atol=0.25)


def test_the_label_of_another_class_lowers_the_likelihood(exact):
    other = (exact.label + 1) % CLASSES
    right, wrong = (
        log_likelihood(exact.model, exact.x, y, num_samples=20) for y in (exact.label, other)
    )
    np.testing.assert_allclose(wrong, exact.log_prob(other), rtol=1e-3)
    assert np.mean(right - wrong) > 1.0


@pytest.mark.parametrize("measure", BOUNDS)
def test_where_the_label_changes_nothing_it_is_the_vae_without(measure):
    same = ConditionalLinearGaussian(spread=0.0, shift=0.3, log_wider=1.0)
    expected = measure(same.of_offsets.model, same.x, num_samples=7)
    found = measure(same.model, same.x, same.label, num_samples=7)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("measure", BOUNDS)
def test_labels_come_in_any_form(measure, wider):
    model, x, y = wider.model, wider.x, wider.label
    expected = measure(model, x, y, num_samples=5)
    rows = np.eye(CLASSES)[y]
    pairs = tf.data.Dataset.from_tensor_slices((x, y)).batch(7)
    for data in ((x, rows), (x, y.tolist()), (pairs,), ({"x": x, "label": y},)):
        np.testing.assert_allclose(measure(model, *data, num_samples=5), expected, atol=1e-4)
    np.testing.assert_allclose(
        measure(model, x, 1, num_samples=5), measure(model, x, 0 * y + 1, num_samples=5)
    )
    np.testing.assert_allclose(
        measure(model, x, y, num_samples=5, batch_size=3), expected, atol=1e-4
    )


def test_a_label_that_is_missing_or_not_wanted_is_named(exact):
    for measure in (*BOUNDS, rate_distortion, active_units, kl_per_unit, reconstruction_mse):
        with pytest.raises(ValueError, match="asks for a label beside each example"):
            measure(exact.model, exact.x)
        with pytest.raises(ValueError, match=r"from 0 to 2.*Received: 3"):
            measure(exact.model, exact.x, label=exact.label + 1)
    for measure in BOUNDS:
        with pytest.raises(ValueError, match="knows nothing of labels"):
            measure(exact.of_offsets.model, exact.x, exact.label)


def test_measures_of_units_and_codes_take_the_label(wider):
    model, x, y = wider.model, wider.x, wider.label
    kl = kl_per_unit(model, x, y)
    assert kl.sum() == pytest.approx(rate(model, x, y).mean(), rel=1e-5)
    means = model.encode(x, y)
    np.testing.assert_array_equal(active_units(model, x, y), means.var(axis=0) > 0.01)
    # The same posteriors as of the offsets.
    assert mutual_information(model, x, y) == pytest.approx(
        mutual_information(wider.of_offsets.model, wider.offsets), rel=1e-4
    )
    error = np.mean((model.reconstruct(x, y) - x) ** 2)
    assert reconstruction_mse(model, x, label=y) == pytest.approx(error, rel=1e-5)
    quality = latent_space_quality(model, x[:8], x[8:], y[:8], y[8:])
    assert (quality["rate"], quality["distortion"]) == rate_distortion(model, x[8:], y[8:])
    assert "linear_probe" in quality


def test_a_fair_coin_takes_one_bit_whatever_the_label():
    model = genae.ConditionalVAE(
        (5,), latent_dim=2, classes=3, widths=(3,), likelihood="bernoulli", seed=0
    )
    for network in (model.encoder, model.decoder):
        network.set_weights([0.0 * weight for weight in network.get_weights()])
    x = np.random.default_rng(0).integers(0, 2, (10, 5)).astype("float32")
    assert bits_per_dimension(model, x, label=1) == pytest.approx(1.0, abs=1e-5)
    with pytest.raises(ValueError, match="asks for a label"):
        bits_per_dimension(model, x)


def test_the_prior_of_the_label_is_that_of_the_model():
    keras.utils.set_random_seed(0)
    model = genae.IVAE(
        (3,), latent_dim=1, attributes=2, widths=(8,), scale=0.5, seed=0, likelihood="gaussian"
    )
    rng = np.random.default_rng(0)
    x, u = (rng.normal(size=(6, size)).astype("float32") for size in (3, 2))
    # log ∫ p(x|z) p(z|u) dz, on a grid.
    z = np.linspace(-12.0, 12.0, 4001)[:, None]
    off = x[:, None] - model.decode(z.astype("float32")).astype("float64")
    log_p = -0.5 * np.sum((off / 0.5) ** 2, axis=2) - 3 * np.log(0.5 * np.sqrt(2 * np.pi))
    mean, stddev = (a.astype("float64") for a in model.label_moments(u, 6))
    log_prior = -0.5 * ((z[:, 0] - mean) / stddev) ** 2 - np.log(stddev * np.sqrt(2 * np.pi))
    truth = np.log(np.sum(np.exp(log_p + log_prior), axis=1) * (z[1, 0] - z[0, 0]))
    found = log_likelihood(model, x, u, num_samples=20_000)
    np.testing.assert_allclose(found, truth, atol=0.05)
    posterior = model.encode_distribution(x, u)
    kl = 0.5 * (posterior.mean - mean) ** 2 / stddev**2 - 0.5 + np.log(stddev)
    kl += 0.5 * np.exp(posterior.log_var) / stddev**2 - 0.5 * posterior.log_var
    np.testing.assert_allclose(rate(model, x, u), kl[:, 0], rtol=1e-4)
    assert kl_per_unit(model, x, u)[0] == pytest.approx(kl.mean(), rel=1e-4)


@pytest.fixture(scope="module")
def inferring():
    keras.utils.set_random_seed(0)
    x = keras.Input((6,))
    classifier = keras.Model(x, layers.Dense(CLASSES)(x))
    return ConditionalLinearGaussian(genae.SemiSupervisedVAE, classifier=classifier)


def test_without_a_label_the_likelihood_is_the_sum_over_classes(inferring):
    model, x = inferring.model, inferring.x
    log_p = np.stack([inferring.log_prob(0 * inferring.label + y) for y in range(CLASSES)])
    found = log_likelihood(model, x, num_samples=1)
    np.testing.assert_allclose(found, np.log(np.mean(np.exp(log_p), axis=0)), atol=1e-3)
    given = log_likelihood(model, x, inferring.label, num_samples=1)
    np.testing.assert_allclose(given, inferring.log_prob(inferring.label), atol=1e-3)
    assert np.all(elbo(model, x, num_samples=200).mean() < found.mean())


def test_without_a_label_rate_and_distortion_are_those_of_the_loss(inferring):
    model, x, y = inferring.model, inferring.x, inferring.label
    q = model.class_probabilities(x).astype("float64")
    costs = np.stack([rate(model, x, label) for label in range(CLASSES)], axis=1)
    expected = np.sum(q * (costs + np.log(CLASSES * q)), axis=1)
    np.testing.assert_allclose(rate(model, x), expected, rtol=1e-4, atol=1e-4)
    model.compile(run_eagerly=True)
    terms = model.evaluate(x, verbose=0, return_dict=True)
    assert rate(model, x).mean() == pytest.approx(terms["kl_loss"] + terms["class_kl_loss"], 1e-4)
    many = np.repeat(x, 200, axis=0)
    loss = model.evaluate(many, batch_size=4000, verbose=0, return_dict=True)
    loss = loss["reconstruction_loss"]
    assert distortion(model, x, num_samples=200).mean() == pytest.approx(loss, rel=0.02)
    # Labels here and there: each example as it is.
    some = np.where(np.arange(len(y)) % 2, y, -1)
    mixed, known, unknown = (rate(model, x, label) for label in (some, y, None))
    np.testing.assert_allclose(mixed, np.where(some < 0, unknown, known), rtol=1e-5)
    pairs = tf.data.Dataset.from_tensor_slices((x, some)).batch(7)
    np.testing.assert_allclose(rate(model, pairs), mixed, rtol=1e-5, atol=1e-6)


def test_where_draws_have_no_density_what_needs_it_says_so():
    model = genae.JointVAE((6,), latent_dim=2, discrete=(3,), widths=(4,), seed=0)
    x = np.random.default_rng(0).normal(size=(5, 6)).astype("float32")
    for measure in (elbo, log_likelihood):
        with pytest.raises(ValueError, match=f"`{measure.__name__}` needs the density"):
            measure(model, x)
    model.compile(run_eagerly=True)
    terms = model.evaluate(np.repeat(x, 400, axis=0), verbose=0, batch_size=2000, return_dict=True)
    rates, distortions = rate(model, x), distortion(model, x, num_samples=400)
    assert rates.mean() == pytest.approx(terms["kl_loss"] + terms["class_kl_loss"], rel=1e-4)
    assert distortions.mean() == pytest.approx(terms["reconstruction_loss"], rel=0.02)
