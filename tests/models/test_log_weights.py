"""Draws from the posteriors and their weights, which bounds of log p(x) are made of."""

import numpy as np
import pytest
from keras import ops
from linear_gaussian import LinearGaussian
from zoo import build, examples

from keras_genae.training import Batch

FEATURES, SIGMA = 4, 0.5


def linear_gaussian():
    return LinearGaussian(2, FEATURES, SIGMA, shift=0.3, log_wider=0.5)


def test_a_weight_is_the_joint_density_over_the_posterior():
    exact = linear_gaussian()
    model, x = exact.model, exact.x
    posterior = model.posterior(x)
    z, log_q = (np.float64(part) for part in model.draws(posterior, 3, training=False))
    w, b = (np.float64(weight) for weight in model.decoder.get_weights())
    mean, log_var = np.float64(posterior.mean)[:, None], np.float64(posterior.log_var)[:, None]
    squared = np.sum((x[:, None] - z @ w - b) ** 2, axis=-1)
    log_p = -0.5 * squared / SIGMA**2 - FEATURES * np.log(SIGMA * np.sqrt(2 * np.pi))
    log_prior = -0.5 * np.sum(z**2 + np.log(2 * np.pi), axis=-1)
    by_hand = (z - mean) ** 2 / np.exp(log_var) + log_var + np.log(2 * np.pi)
    np.testing.assert_allclose(log_q, -0.5 * by_hand.sum(-1), rtol=1e-4)
    # The same noise each time outside training, so these are the same draws.
    found = model.log_weights(x, 3)
    assert found.dtype == "float32"
    np.testing.assert_allclose(found, log_p + log_prior - log_q, rtol=1e-4, atol=1e-4)


@pytest.mark.slow
def test_the_mean_weight_is_the_density_of_the_data():
    exact = linear_gaussian()
    log_weights = np.float64(exact.model.log_weights(exact.x, 2000))
    found = np.log(np.mean(np.exp(log_weights), axis=1))
    np.testing.assert_allclose(found, exact.log_prob(), atol=0.1)


@pytest.mark.parametrize("training", [False, True])
def test_the_first_draw_is_that_of_the_loss_and_no_two_are_the_same(training):
    model, again = build("VAE of vectors"), build("VAE of vectors")
    x = examples(model.input_shape, 5)
    z, _ = model.draws(model.posterior(x), 4, training)
    one = again.draw(again.posterior(x), training)
    np.testing.assert_array_equal(z[:, 0], one)
    assert len(np.unique(ops.convert_to_numpy(z)[0, :, 0])) == 4


def test_an_example_is_encoded_once_and_all_draws_are_decoded_at_once(monkeypatch):
    model = build("ConvVAE sigma")
    calls = []
    for name in ("heads", "raw"):
        method = getattr(model, name)

        def counted(values, training=False, name=name, method=method):
            calls.append((name, len(values)))
            return method(values, training)

        monkeypatch.setattr(model, name, counted)
    assert model.log_weights(examples(model.input_shape, 3), 7).shape == (3, 7)
    assert calls == [("heads", 3), ("raw", 21)]


def test_weights_of_entries_count_and_the_draws_of_an_example_stay_together():
    model = build("VAE of vectors", likelihood="gaussian", scale=0.5)
    x = examples(model.input_shape, 3)
    mask = np.random.default_rng(0).random(x.shape) < 0.6
    target = np.where(mask, x, np.float32(7.0))
    batch = model.unpack((x, target, mask.astype("float32")))
    z, log_q = model.draws(model.posterior(x), 2, training=False)
    draws = model.weigh(batch, z, log_q)
    mean = np.float64([model.decoder(z[i]) for i in range(3)])
    entries = (x[:, None] - mean) ** 2 / (2 * 0.25) + np.log(0.5 * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(draws.distortion, (mask[:, None] * entries).sum(-1), rtol=1e-4)
    np.testing.assert_allclose(model.log_weights(batch, 2), draws.log_weights, rtol=1e-6)


def test_a_batch_repeats_all_its_parts():
    x = np.arange(4.0).reshape(2, 2)
    label = {"class": np.array(["a", "b"]), "age": np.array([1, 2])}
    batch = Batch(x, x, label, np.array([1.0, 2.0]), None).repeated(2)
    assert batch.target is batch.x and batch.entry_weight is None
    np.testing.assert_array_equal(batch.x, [[0, 1], [0, 1], [2, 3], [2, 3]])
    np.testing.assert_array_equal(batch.sample_weight, [1, 1, 2, 2])
    np.testing.assert_array_equal(batch.label["age"], [1, 1, 2, 2])
    assert [bytes(name) for name in ops.convert_to_numpy(batch.label["class"])] == [
        *(b"a", b"a"),
        *(b"b", b"b"),
    ]
    pair = Batch(x, x + 1.0, None, np.ones(2), np.ones((2, 2))).repeated(3)
    np.testing.assert_array_equal(pair.target, pair.x + 1.0)
    assert pair.label is None and pair.entry_weight.shape == (6, 2)
