"""The conditional VAE: where the label goes, and in what forms it comes."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from cases import fast
from keras import layers
from zoo import build, compiled, examples, same, weights_of

from keras_genae import VAE, ConditionalVAE

NAMES = ["cat", "dog", "owl"]
X = examples((8,), 24)
Y = np.arange(24) % 3
TEXTS = np.array(NAMES)[Y]


def model_of(run_eagerly=True, optimizer=None, **arguments):
    keras.utils.set_random_seed(0)
    arguments = {"classes": NAMES, "widths": (8,), "seed": 0, **arguments}
    model = ConditionalVAE((8,), 2, **arguments)
    return compiled(model, optimizer, run_eagerly=run_eagerly)


@pytest.fixture(scope="module")
def model():
    return model_of(optimizer=keras.optimizers.SGD(1e-3))


@pytest.fixture(scope="module")
def start(model):
    return model.get_weights()


def pairs(y):
    return tf.data.Dataset.from_tensor_slices((X, y)).batch(8)


DATA = {
    "names": (X, TEXTS),
    "one-hot rows": (X, np.eye(3)[Y]),
    "list": (X, Y.tolist()),
    "dictionary": ({"features": X, "label": TEXTS},),
    "pairs": (pairs(Y),),
    "pairs of names": (pairs(TEXTS),),
    "pairs of one-hot rows": (pairs(np.eye(3)[Y]),),
    "pairs of float64": (pairs(Y.astype("float64")),),
    "dataset of dictionaries": (
        tf.data.Dataset.from_tensor_slices({"features": X, "label": Y}).batch(8),
    ),
}


def numbers_of(model, start, data):
    model.set_weights(start)
    model.noise.state.assign(np.zeros(2))
    size = None if isinstance(data[0], tf.data.Dataset) else 8
    options = {"batch_size": size, "verbose": 0}
    history = model.fit(
        *data, shuffle=False, validation_data=data[0] if size is None else data, **options
    )
    scores = model.evaluate(*data, **options)
    return [*history.history.values(), *np.atleast_1d(scores)], model.reconstruct(*data)


@pytest.mark.parametrize("kind", fast(DATA, ["names", "pairs of names", "pairs of float64"]))
def test_labels_come_in_any_form(kind, model, start):
    expected, reconstructed = numbers_of(model, start, (X, Y))
    scores, again = numbers_of(model, start, DATA[kind])
    for a, b in zip(scores, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)
    np.testing.assert_allclose(again, reconstructed, atol=1e-5)


@pytest.mark.parametrize("kind", fast(["names", "pairs of names"], ["pairs of names"]))
def test_labels_go_through_the_graph(kind):
    model = model_of(run_eagerly=False)
    data = DATA[kind]
    options = {} if len(data) == 1 else {"batch_size": 8}
    model.fit(*data, epochs=1, verbose=0, **options)
    x = data[0] if len(data) == 1 else {"x": X, "label": TEXTS}
    np.testing.assert_allclose(model.predict(x, verbose=0), model.reconstruct(X, Y), atol=1e-6)


@pytest.mark.slow
def test_names_are_numbers_for_xla_and_replicas(two_replicas):
    with two_replicas.scope():
        together = model_of(run_eagerly=False)
    together.fit(X, TEXTS, batch_size=8, verbose=0)
    with pytest.raises(ValueError, match="cannot go to XLA, nor to several replicas"):
        together.fit(pairs(TEXTS), verbose=0)
    together.fit(pairs(Y), verbose=0)
    assert together.takes_strings is False


BAD = {
    "no label": (None, "asks for a label.*y=None"),
    "unknown class": (Y + 1, "from 0 to 2.*Received: 3"),
    "unknown name": (["cow"] * 24, "'cat', 'dog', 'owl'.*Received: 'cow'"),
    "wrong length": (np.ones((24, 5)), r"\(24, 5\)|\(8, 5\)"),
    "target": (X, "asks for a label"),
    "several": ({"a": Y, "b": Y}, "not clear which label is meant.*'a', 'b'|a, b"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_label_is_refused_before_the_first_step(kind, model, start):
    y, message = BAD[kind]
    model.set_weights(start)
    dataset = tf.data.Dataset.from_tensor_slices(X if y is None else (X, y)).batch(8)
    calls = [
        lambda: model.fit(X, y, verbose=0),
        lambda: model.fit(X, Y, validation_data=X if y is None else (X, y), verbose=0),
        lambda: model.fit(dataset, verbose=0),
        lambda: model.evaluate(X, y, verbose=0),
        lambda: model.train_on_batch(X, y),
        lambda: model.reconstruct(X, y),
        lambda: model.encode(dataset),
        lambda: model.predict(dataset, verbose=0),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=message):
            call()
        assert same(model.get_weights(), start)


@pytest.mark.parametrize("eager", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_later_batch_of_an_unknown_class_is_named(eager):
    model = model_of(run_eagerly=eager)
    for late in (np.where(np.arange(24) == 20, 7, Y), np.where(np.arange(24) == 20, "cow", TEXTS)):
        with pytest.raises(ValueError, match="a label that the model does not know"):
            model.fit(pairs(late), verbose=0)
        assert all(np.isfinite(weight).all() for weight in weights_of(model))


def test_the_label_reaches_encoder_and_decoder(model, start):
    model.set_weights(start)
    z = model.encode(X, Y)
    assert np.abs(model.encode(X, (Y + 1) % 3) - z).max(1).min() > 1e-4
    assert np.abs(model.decode(z, (Y + 1) % 3) - model.decode(z, Y)).max(1).min() > 1e-4
    image = ConditionalVAE((8, 8, 1), 2, attributes=3, widths=(4,), seed=0)
    pictures, y = examples((8, 8, 1), 3), np.ones((3, 3))
    assert np.abs(image.encode(pictures, y) - image.encode(pictures, -y)).max(1).min() > 1e-4
    z = image.encode(pictures, y)
    # The decoder of images starts from z and c alike, by its first layer.
    assert np.abs(image.decode(z, y) - image.decode(z, -y)).max() > 1e-4


def test_it_is_the_vae_of_longer_vectors():
    # One-hot rows written behind x and z: the loss is that of the plain networks.
    model = model_of(likelihood="gaussian")
    encoder, decoder = model.encoder.layers[-1], model.decoder.layers[-1]
    c = np.eye(3)[Y].astype("float32")
    mean, log_var = encoder(np.concatenate([X, c], 1))
    posterior = model.encode_distribution(X, Y)
    np.testing.assert_allclose(posterior.mean, mean, atol=1e-6)
    np.testing.assert_allclose(posterior.log_var, log_var, atol=1e-6)
    raw = decoder(np.concatenate([mean, c], 1))
    np.testing.assert_allclose(model.reconstruct(X, Y), raw, atol=1e-6)


def test_the_loss_is_the_negative_elbo_given_the_label(noise_off):
    model = model_of(likelihood="gaussian", beta=3.0)
    logs = model.evaluate(X, Y, verbose=0, return_dict=True)
    error = np.square(X - model.reconstruct(X, Y)).sum(1)
    by_hand = 0.5 * error.mean() + 4 * np.log(2 * np.pi)
    kl = np.mean(model.encode_distribution(X, Y).kl())
    assert logs["reconstruction_loss"] == pytest.approx(by_hand, rel=1e-5)
    assert logs["kl_loss"] == pytest.approx(kl, rel=1e-5)
    assert logs["loss"] == pytest.approx(by_hand + 3.0 * kl, rel=1e-5)


def test_a_label_that_says_nothing_leaves_the_vae(noise_off):
    # Attributes of zero: both train alike, step by step, from the same weights.
    model = model_of(classes=None, attributes=2, optimizer=keras.optimizers.SGD(1e-2))
    plain = compiled(
        VAE((8,), 2, widths=(8,), seed=0), keras.optimizers.SGD(1e-2), run_eagerly=True
    )
    for network, conditioned in ((plain.encoder, model.encoder), (plain.decoder, model.decoder)):
        weights = conditioned.get_weights()
        network.set_weights([weights[0][: network.inputs[0].shape[1]], *weights[1:]])
    ours = model.fit(X, np.zeros((24, 2)), epochs=3, batch_size=8, shuffle=False, verbose=0)
    others = plain.fit(X, epochs=3, batch_size=8, shuffle=False, verbose=0)
    np.testing.assert_allclose(ours.history["loss"], others.history["loss"], rtol=1e-6)


@pytest.mark.slow
def test_samples_of_a_class_are_of_it():
    # Two classes that differ in their mean alone, which c says.
    rng = np.random.default_rng(0)
    y = (np.arange(200) % 4 == 0).astype(int)
    x = (6.0 * y[:, None] - 3.0 + rng.normal(0, 0.3, (200, 8))).astype("float32")
    model = model_of(classes=2, optimizer=keras.optimizers.Adam(1e-2), run_eagerly=False)
    model.fit(x, y, epochs=40, batch_size=50, verbose=0)
    low, high = (model.sample(50, label=label, seed=0) for label in (0, 1))
    assert low.mean() < -2.0 and high.mean() > 2.0
    each = model.sample(4, label=[0, 1, 0, 1], seed=0)
    assert (np.sign(each.mean(1)) == [-1, 1, -1, 1]).all()
    # Without a label, as often as in training: a quarter.
    share = np.mean(model.sample(400, seed=0).mean(1) > 0)
    assert share == pytest.approx(0.25, abs=0.07)
    # z keeps, c changes.
    swapped = model.decode(model.encode(x, y), 1 - y)
    assert np.mean(np.sign(swapped.mean(1)) == 1 - 2 * y) > 0.95


def test_the_other_methods_take_the_label(model, start):
    model.set_weights(start)
    z = model.encode(X[:2], Y[:2])
    morphed = model.interpolate(X[:2], X[2:4], steps=3, label=Y[:2])
    np.testing.assert_allclose(morphed[:, 0], model.decode(z, Y[:2]), atol=1e-6)
    assert model.interpolate(X[0], X[1], steps=3, label="cat").shape == (3, 8)
    assert model.variations(X[:2], 4, seed=0, label=Y[:2]).shape == (2, 4, 8)
    different = model.variations(X[0], 4, seed=0, label="owl")
    assert np.any(different != model.variations(X[0], 4, seed=0, label="cat"))
    model.fit_prior(X, label=Y)
    assert model.sample(3, label="dog", seed=0).shape == (3, 8)
    model.set_prior(None)
    with pytest.raises(ValueError, match="labels of a dataset are in its elements"):
        model.encode(pairs(Y), "cat")


def test_models_without_a_condition_take_no_label():
    plain = VAE((8,), 2, widths=(4,), seed=0)
    for call in (
        lambda: plain.encode(X, 64),
        lambda: plain.decode(np.zeros((1, 2), "float32"), 1),
        lambda: plain.sample(3, label=2),
        lambda: plain.reconstruct(X, Y),
    ):
        with pytest.raises(ValueError, match="knows nothing of labels"):
            call()


def own_networks(second=3):
    x, c, z = keras.Input((8,)), keras.Input((second,)), keras.Input((2,))
    h = layers.Concatenate()([x, c])
    encoder = keras.Model([x, c], [layers.Dense(2)(h), layers.Dense(2)(h)])
    decoder = keras.Model([z, c], layers.Dense(8)(layers.Concatenate()([z, c])))
    return {"encoder": encoder, "decoder": decoder}


def test_own_networks_have_two_inputs(tmp_path):
    model = compiled(ConditionalVAE(classes=NAMES, seed=0, **own_networks()), run_eagerly=True)
    assert model.input_shape == (8,) and model.latent_dim == 2
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "own.keras")
    loaded = keras.saving.load_model(tmp_path / "own.keras")
    np.testing.assert_array_equal(loaded.reconstruct(X, TEXTS), model.reconstruct(X, TEXTS))
    with pytest.raises(ValueError, match=r"\[x, c\], the second of shape \(batch, 3\)"):
        ConditionalVAE(classes=3, **own_networks(second=4))
    plain = VAE((8,), 2, widths=(4,))
    with pytest.raises(ValueError, match=r"\[x, c\]"):
        ConditionalVAE(classes=3, encoder=plain.encoder, decoder=plain.decoder)
    with pytest.raises(ValueError, match="of one input"):
        VAE(**own_networks())


@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method")
@pytest.mark.slow
def test_export_and_quantise(tmp_path):
    model = ConditionalVAE((8, 8, 1), 2, classes=2, network="mlp", widths=(16,), seed=0)
    x, c = examples((8, 8, 1), 4), np.eye(2, dtype="float32")[[0, 1, 1, 0]]
    expected = model.reconstruct(x, c)
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(tmp_path / "served")
    np.testing.assert_allclose(served.serve([x, c]), expected, atol=1e-6)
    model.quantize("int8")
    assert 0 < np.abs(model.reconstruct(x, c) - expected).max() < 0.05


@pytest.mark.parametrize("name", ["ConditionalVAE of classes", "ConditionalVAE of attributes"])
def test_saving_keeps_what_labels_have_been_seen(name, tmp_path):
    model = compiled(build(name), run_eagerly=True)
    x = examples(model.input_shape, 8)
    y = np.ones(8, int) if model.condition.is_class else np.full((8, 2), 0.5)
    model.fit(x, y, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.sample(4, seed=0), model.sample(4, seed=0))
    np.testing.assert_array_equal(model.sample(4, seed=0, label=y[0]).shape, (4, *x.shape[1:]))
