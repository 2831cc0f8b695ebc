import numpy as np
import pytest
import tensorflow as tf
from bound_gradients import (
    gradients,
    gradients_in_training,
    gradients_of_rows,
    linear_gaussian,
    twin,
)
from scipy.special import logsumexp
from zoo import build, examples

from keras_genae import IWAE, VAE


def test_the_loss_is_the_negative_bound_and_its_parts_are_the_negative_elbo():
    exact = linear_gaussian()
    model = twin(exact, IWAE, samples=7)
    terms = model.loss_terms(model.unpack((exact.x,)), training=False)
    log_weights = np.float64(model.log_weights(exact.x, 7))
    bound = logsumexp(log_weights, axis=1) - np.log(7)
    np.testing.assert_allclose(model.weighted_sum(terms), -bound, rtol=1e-5)
    parts = terms["reconstruction_loss"] + terms["kl_loss"]
    np.testing.assert_allclose(parts, -log_weights.mean(axis=1), rtol=1e-5)
    assert np.all(terms["tightening_loss"] < 0.0)


def test_one_sample_is_the_vae_with_its_kl_at_the_draw():
    vae = build("VAE of vectors", beta=0.7)
    iwae = IWAE(encoder=vae.encoder, decoder=vae.decoder, samples=1, beta=0.7, seed=0)
    batch = vae.unpack((examples(vae.input_shape, 6),))

    def of_vae():
        posterior = vae.posterior(batch.x, training=True)
        z = vae.draw(posterior, training=True)
        rate = posterior.log_prob(z) - vae.prior.log_prob(z)
        return vae.reconstruction_loss(vae.likelihood(vae.raw(z)), batch, True) + 0.7 * rate

    expected, loss = gradients(vae, of_vae)
    found, loss_of_iwae = gradients_in_training(iwae, batch.x)
    np.testing.assert_allclose(loss_of_iwae, loss, rtol=1e-6)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    # And σ, at its optimum, has seen the same errors.
    assert float(iwae.optimal_scale.variance) == pytest.approx(float(vae.optimal_scale.variance))


def loss_of(model, x):
    """The mean loss of examples, in one batch."""
    return float(np.mean(model.weighted_sum(model.loss_terms(model.unpack((x,)), False))))


def test_one_sample_is_the_vae_in_expectation():
    exact = linear_gaussian()
    x = np.tile(exact.x[:2], (20_000, 1))
    # Standard errors of about 0.01 nats.
    vae, iwae = twin(exact, VAE), twin(exact, IWAE, samples=1)
    assert loss_of(iwae, x) == pytest.approx(loss_of(vae, x), abs=0.04)


def test_bounds_rise_with_the_samples_from_the_elbo_to_the_exact_log_likelihood():
    exact = linear_gaussian()
    x = np.tile(exact.x, (100, 1))
    bounds = [
        -loss_of(twin(exact, VAE), x),
        *(-loss_of(twin(exact, IWAE, samples=samples), x) for samples in (2, 5, 20, 100)),
        exact.log_prob().mean(),
    ]
    assert np.all(np.diff(bounds) > 0.0)
    assert bounds[0] < bounds[-1] - 0.5 and bounds[-2] > bounds[-1] - 0.03


@pytest.mark.parametrize("beta", [1.0, 0.4])
def test_dreg_has_the_expected_gradient_and_less_noise(beta):
    exact, count = linear_gaussian(), 4000
    plain, dreg = (
        gradients_of_rows(
            twin(exact, IWAE, samples=32, gradient=kind, beta=beta), exact.x[0], count
        )
        for kind in ("reparametrised", "dreg")
    )
    error = np.sqrt((plain.var(axis=0) + dreg.var(axis=0)) / count)
    assert np.all(np.abs(plain.mean(axis=0) - dreg.mean(axis=0)) < 4.5 * error)
    if beta == 1.0:
        assert np.all(dreg.var(axis=0) < 0.5 * plain.var(axis=0))


def test_a_wrong_gradient_would_be_seen():
    # Without the squares, the gradient is that of q's parameters through the draws alone.
    exact, count = linear_gaussian(), 2000
    right = gradients_of_rows(twin(exact, IWAE, samples=32), exact.x[0], count)
    model = twin(exact, IWAE, samples=32, gradient="dreg")
    model.encoder_bound = model.bound
    wrong = gradients_of_rows(model, exact.x[0], count)
    error = np.sqrt((right.var(axis=0) + wrong.var(axis=0)) / count)
    assert np.any(np.abs(right.mean(axis=0) - wrong.mean(axis=0)) > 10.0 * error)


def test_at_the_true_posterior_dreg_is_without_noise():
    exact = linear_gaussian(shift=0.0, log_wider=0.0)
    rows = gradients_of_rows(twin(exact, IWAE, samples=5, gradient="dreg"), exact.x[0], 50)
    np.testing.assert_allclose(rows, 0.0, atol=1e-4)
    rows = gradients_of_rows(twin(exact, IWAE, samples=5), exact.x[0], 50)
    assert rows.std() > 0.01


def test_dreg_leaves_the_loss_and_the_gradient_of_the_decoder_as_they_are():
    exact = linear_gaussian()
    results = []
    for kind in ("reparametrised", "dreg"):
        model = twin(exact, IWAE, samples=5, gradient=kind)
        found, loss = gradients_in_training(model, exact.x)
        results.append((loss, found[-2:], found[:-2]))
    (loss, decoder, encoder), (dreg_loss, dreg_decoder, dreg_encoder) = results
    np.testing.assert_array_equal(dreg_loss, loss)
    for a, b in zip(dreg_decoder, decoder, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    assert not np.allclose(dreg_encoder[0], encoder[0], rtol=0.1)


def test_sigma_counts_each_draw_by_its_weight():
    model = build("IWAE", samples=4)
    x = examples(model.input_shape, 6)
    weight = np.arange(6.0, dtype="float32")
    again = build("IWAE", samples=4)
    model.loss_terms(model.unpack((x, x, weight)), training=True)
    z, log_q = again.draws(again.posterior(x), 4, training=True)
    draws = again.weigh(again.unpack((x,)), z, log_q, training=True)
    share = tf.nn.softmax(draws.log_weights, axis=1).numpy()
    mean = np.reshape(draws.likelihood.mean, (6, 4, 16))
    error = np.mean((x[:, None] - mean) ** 2, axis=2)
    expected = np.average(np.sum(share * error, axis=1), weights=weight)
    assert float(model.optimal_scale.variance) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("gradient", ["reparametrised", "dreg"])
def test_whitened_codes_have_the_gradients_of_codes_that_are_not(gradient):
    """Along other axes the draws are others, and the bound the same in expectation."""
    exact = linear_gaussian()
    model = twin(exact, IWAE, samples=5, gradient=gradient)
    whitener = model.code_whitener
    rng = np.random.default_rng(0)
    whitener.axes.assign(np.linalg.qr(rng.normal(size=(2, 2)))[0] * [1.5, 0.5])
    whitener.center.assign([0.3, -0.2])
    x = np.tile(exact.x[:1], (4000, 1))
    found, _ = gradients_in_training(model, x)
    assert all(np.isfinite(g).all() and np.any(g) for g in found)
    # log p(x) under the whitened prior, exact: W's codes are centre + axes · N(0, I).
    w, b = (np.float64(part) for part in model.decoder.get_weights())
    w, b = np.float64(whitener.axes).T @ w, b + np.float64(whitener.center) @ w
    covariance = w.T @ w + model.scale**2 * np.eye(len(b))
    off = x[0] - b
    truth = -0.5 * (off @ np.linalg.solve(covariance, off))
    truth -= 0.5 * np.linalg.slogdet(2 * np.pi * covariance)[1]
    log_weights = np.float64(model.log_weights(x, 20)).ravel()
    assert logsumexp(log_weights) - np.log(log_weights.size) == pytest.approx(truth, abs=0.05)


def test_a_draw_costs_no_second_pass_in_evaluation(monkeypatch):
    model = build("IWAE DReG")
    calls = []
    raw = model.raw
    monkeypatch.setattr(model, "raw", lambda z, training=False: calls.append(1) or raw(z, training))
    batch = model.unpack((examples(model.input_shape, 2),))
    model.loss_terms(batch, training=False)
    assert len(calls) == 1
    model.loss_terms(batch, training=True)
    assert len(calls) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"samples": 0}, "`samples` must be a whole number of at least 1"),
        ({"gradient": "score"}, "`gradient` must be one of 'reparametrised', 'dreg'. Received"),
        ({"free_bits": 0.1}, "`free_bits` are nats of each unit"),
    ],
)
def test_what_makes_no_bound_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        IWAE((4,), 2, **arguments)


def test_each_argument_counts_and_beta_warms_up():
    x = examples((16,), 12)
    changed = ({}, {"samples": 9}, {"beta": 0.1})
    losses = [loss_of(build("IWAE", **changes), x) for changes in changed]
    assert len({round(loss, 4) for loss in losses}) == 3
    model = build("IWAE", beta=0.1)
    model.beta.assign(1.0)
    assert loss_of(model, x) == pytest.approx(losses[0], rel=1e-6)
