"""Weights of entries: masks of missing values, in the loss, its gradient, σ and the metrics."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from cases import fast
from zoo import build, compiled, examples, loss_of

from keras_genae import VAE, Autoencoder, ConvVAE
from keras_genae.distributions import Bernoulli, ContinuousBernoulli, Normal
from keras_genae.layers import OptimalScale

X = examples((12, 12, 1), 12)
COLOR = examples((12, 12, 3), 12)
V = examples((16,), 12)
KNOWN = np.random.default_rng(0).random((12, 12, 12, 1)) < 0.7
MASK = KNOWN.astype("float32")


@pytest.mark.parametrize(
    "make",
    [lambda raw: Normal(raw, 0.3), Bernoulli, ContinuousBernoulli],
    ids=["Normal", "Bernoulli", "ContinuousBernoulli"],
)
def test_a_weight_multiplies_the_log_density_of_its_entry(make, rng):
    raw = rng.normal(size=(3, 4, 2)).astype("float32")
    x = rng.random((3, 4, 2)).astype("float32")
    weight = rng.random((3, 4, 2)).astype("float32")
    # Entry by entry: each an example of its own.
    alone = make(raw.reshape(-1, 1)).log_prob(x.reshape(-1, 1)).numpy().reshape(3, 4, 2)
    log_prob = make(raw).log_prob
    np.testing.assert_allclose(log_prob(x, weight), (weight * alone).sum((1, 2)), rtol=1e-4)
    np.testing.assert_allclose(log_prob(x, np.ones_like(x)), log_prob(x), rtol=1e-5)
    # One weight for all channels.
    broadcast = log_prob(x, weight[..., :1])
    np.testing.assert_allclose(broadcast, (weight[..., :1] * alone).sum((1, 2)), rtol=1e-4)


def test_the_scale_is_that_of_the_known_entries(rng):
    target, mean = rng.random((2, 5, 4)), rng.random((2, 5, 4))
    entries, weight = rng.random((2, 5, 1)), np.array([0.5, 2.0])
    layer = OptimalScale()
    layer.update(target, mean, weight, entries.astype("float32"))
    counts = np.broadcast_to(weight[:, None, None] * entries, target.shape)
    expected = np.average((target - mean) ** 2, weights=counts)
    assert float(layer.variance) == pytest.approx(expected, rel=1e-5)


MODELS = {
    "gaussian": lambda: ConvVAE((12, 12, 1), 2, widths=(4,), seed=0, likelihood="gaussian"),
    "sigma": lambda: ConvVAE((12, 12, 1), 2, widths=(4,), seed=0),
    "bernoulli": lambda: ConvVAE((12, 12, 1), 2, widths=(4,), seed=0, likelihood="bernoulli"),
    "continuous Bernoulli": lambda: ConvVAE(
        (12, 12, 1), 2, widths=(4,), seed=0, likelihood="continuous_bernoulli"
    ),
    "denoising": lambda: build("DenoisingAE"),
    "FSQVAE": lambda: build("FSQVAE", input_shape=(12, 12, 1)),
    "VQVAE": lambda: build("VQVAE"),
}
QUANTISED = ["FSQVAE", "VQVAE"]


def trained_on(make, x, y, mask):
    keras.utils.set_random_seed(0)
    model = compiled(make(), keras.optimizers.SGD(1e-3), run_eagerly=True)
    history = model.fit(x, y, sample_weight=mask, batch_size=6, shuffle=False, verbose=0).history
    return {name: values[0] for name, values in history.items()}, model


@pytest.mark.parametrize("name", fast(MODELS, set(MODELS) - set(QUANTISED)))
def test_an_entry_of_weight_0_has_no_influence(name):
    results = []
    for fill in (0.0, 0.9, np.nan):
        target = np.where(KNOWN, X, np.float32(fill))
        results.append(trained_on(MODELS[name], X, target, MASK))
    (history, model), *others = results
    assert np.isfinite(history["loss"])
    for other_history, other in others:
        assert other_history == pytest.approx(history, rel=1e-6)
        for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
    unmasked, _ = trained_on(MODELS[name], X, X, None)
    assert unmasked["loss"] != pytest.approx(history["loss"], rel=1e-3)


@pytest.mark.parametrize("name", ["gaussian", "sigma"])
def test_weights_of_one_are_no_weights(name):
    plain, model = trained_on(MODELS[name], X, X, None)
    for ones in (MASK**0, MASK[..., 0] ** 0, np.ones((12, 12, 12), bool)):
        history, other = trained_on(MODELS[name], X, X, ones)
        assert history == pytest.approx(plain, rel=1e-5)
        for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_the_loss_by_hand(noise_off):
    model = compiled(MODELS["gaussian"](), run_eagerly=True, weighted_metrics=["mse"])
    logs = model.evaluate(X, X, sample_weight=MASK, verbose=0, return_dict=True)
    mean = model.decoder(model.encoder(X)[0]).numpy() + 0.5
    squared = np.where(KNOWN, (X - mean) ** 2, 0.0).sum((1, 2, 3))
    entries = KNOWN.sum((1, 2, 3))
    by_hand = 0.5 * squared + 0.5 * entries * np.log(2 * np.pi)
    assert logs["reconstruction_loss"] == pytest.approx(by_hand.mean(), rel=1e-4)
    # The KL is paid for an example, whatever is known of it.
    kl = model.encode_distribution(X).kl().numpy().mean()
    assert logs["kl_loss"] == pytest.approx(kl, rel=1e-5)
    assert logs["loss"] == pytest.approx(logs["reconstruction_loss"] + kl, rel=1e-5)
    error = (X - model.predict(X, verbose=0))[KNOWN]
    assert logs["mse"] == pytest.approx(np.square(error).mean(), rel=1e-5)


def test_a_plain_autoencoder_by_hand():
    model = compiled(Autoencoder((16,), 2, widths=(4,), seed=0), run_eagerly=True)
    mask = np.random.default_rng(1).random((12, 16)).astype("float32")
    mean = model.decoder(model.encoder(V)).numpy()
    by_hand = (mask * 0.5 * ((V - mean) ** 2 + np.log(2 * np.pi))).sum(1).mean()
    assert loss_of(model, V, sample_weight=mask) == pytest.approx(by_hand, rel=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
def test_metrics_weigh_channels(channels):
    model = compiled(build("ConvVAE sigma"), weighted_metrics=["mae"], metrics=["mse"])
    shape = (12, 12, 12, channels)
    mask = np.random.default_rng(1).random(shape).astype("float32")
    logs = model.evaluate(COLOR, sample_weight=mask, batch_size=8, verbose=0, return_dict=True)
    error = COLOR - model.predict(COLOR, verbose=0)
    weights = np.broadcast_to(mask, error.shape)
    assert logs["mae"] == pytest.approx(np.average(np.abs(error), weights=weights), rel=1e-5)
    assert logs["mse"] == pytest.approx(np.square(error).mean(), rel=1e-5)


def test_metrics_weigh_the_entries_of_vectors():
    model = compiled(VAE((16,), 2, widths=(4,), seed=0), weighted_metrics=["mae"])
    mask = np.random.default_rng(1).random((12, 16)).astype("float32")
    logs = model.evaluate(V, sample_weight=mask, verbose=0, return_dict=True)
    error = np.abs(V - model.predict(V, verbose=0))
    assert logs["mae"] == pytest.approx(np.average(error, weights=mask), rel=1e-5)


def test_nan_that_is_missing_counts_as_zero_for_the_encoder():
    missing = np.where(KNOWN, X, np.nan).astype("float32")
    histories = [
        trained_on(MODELS["sigma"], x, None, MASK)[0]
        for x in (missing, np.where(KNOWN, X, 0.0).astype("float32"))
    ]
    assert histories[0] == histories[1]
    # Where it is not said to be missing, it is an error as ever.
    with pytest.raises(ValueError, match="not finite"):
        trained_on(MODELS["sigma"], missing, None, MASK**0)


def test_masks_go_the_way_of_the_data():
    arrays, _ = trained_on(MODELS["sigma"], X, X, MASK)
    keras.utils.set_random_seed(0)
    model = compiled(MODELS["sigma"](), keras.optimizers.SGD(1e-3))
    dataset = tf.data.Dataset.from_tensor_slices((X, X, MASK)).batch(6)
    stream = model.fit(dataset, validation_data=(X, X, MASK), shuffle=False, verbose=0).history
    assert stream["loss"][0] == pytest.approx(arrays["loss"], rel=1e-5)
    assert stream["val_loss"][0] == pytest.approx(
        loss_of(model, X, sample_weight=MASK, batch_size=32), rel=1e-5
    )
    split = model.fit(X, sample_weight=MASK, validation_split=0.5, verbose=0).history
    assert split["val_loss"][0] == pytest.approx(
        loss_of(model, X[6:], sample_weight=MASK[6:]), rel=1e-4
    )


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones((12, 5)), r"\(batch, 12, 12\) or \(batch, 12, 12, 1\). Received.*\(12, 5\)"),
        (np.ones((12, 12, 12, 3)), r"sample_weight.shape=\(12, 12, 12, 3\)"),
        (np.full(12, np.nan), "finite numbers from 0 up"),
        (-MASK, "finite numbers from 0 up"),
        (np.array(["a"] * 12), "must hold numbers"),
    ],
)
def test_what_weighs_nothing_is_refused(weight, message):
    model = compiled(MODELS["gaussian"](), run_eagerly=True)
    for call in (
        lambda: model.fit(X, sample_weight=weight, verbose=0),
        # By position, as Keras allows.
        lambda: model.fit(X, None, 6, 1, 0, None, 0.0, None, True, None, weight),
        lambda: model.fit(X, validation_data=(X, X, weight), verbose=0),
        lambda: model.evaluate(X, None, 6, 0, weight),
        lambda: model.train_on_batch(X, None, weight),
    ):
        with pytest.raises(ValueError, match=message):
            call()


def test_weights_of_examples_in_any_container():
    model = compiled(MODELS["gaussian"](), run_eagerly=True)
    weight = np.linspace(0, 2, 12)
    expected = loss_of(model, X, sample_weight=weight)
    for same in (weight.tolist(), weight[:, None], tf.constant(weight)):
        assert loss_of(model, X, sample_weight=same) == pytest.approx(expected, rel=1e-6)
    assert model.evaluate(X, None, 32, 0, weight)[0] == pytest.approx(expected, rel=1e-6)
