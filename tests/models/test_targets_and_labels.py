"""A `y` is a target, a label, or an error: never a target that is silently taken for a label."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from zoo import examples

from keras_genae import Autoencoder, ConvAE

X = examples((12, 12, 1), 16)
V = examples((6,), 16)
NUMBERS = np.arange(16)
TEXTS = np.array(["smiling", "not"] * 8)

LABELS = {
    "whole numbers": NUMBERS,
    "list of whole numbers": NUMBERS.tolist(),
    "column of whole numbers": NUMBERS[:, None],
    "float32": NUMBERS.astype("float32"),
    "float64": NUMBERS.astype("float64"),
    "column of float32": NUMBERS[:, None].astype("float32"),
    "column of float64": NUMBERS[:, None].astype("float64"),
    "one-hot": np.eye(16),
    "yes and no": NUMBERS % 2 == 0,
    "attributes": np.eye(16, 40) == 1,
    "as long as the data are high": np.ones((16, 12)),
    "strings": TEXTS,
    "strings as objects": TEXTS.astype(object),
    "list of strings": TEXTS.tolist(),
    "dictionary": {"class": NUMBERS, "attributes": np.eye(16)},
}
NEITHER = {
    "images without a channel axis": (X[..., 0], r"`y = y\[\.\.\., None\]`"),
    "images of three channels": (np.repeat(X, 3, axis=-1), r"y.shape=\(\d+, 12, 12, 3\)"),
    "images of another size": (X[:, :10, :10], "Resize them"),
    "images laid out": (X.reshape(16, -1), r"`y = y.reshape\(-1, \*\(12, 12, 1\)\)`"),
    "points": (np.ones((16, 5, 2)), r"`y = y.reshape\(len\(y\), -1\)`"),
    "images in a dictionary": ({"clean": X}, r"`y\['clean'\]`"),
}


def image_model(**options):
    model = ConvAE((12, 12, 1), 2, widths=(4,), seed=0)
    model.compile(keras.optimizers.SGD(1e-3), **options)
    return model


@pytest.fixture(scope="module")
def model():
    return image_model(run_eagerly=True)


@pytest.fixture(scope="module")
def start(model):
    return model.get_weights()


def loss_after_fit(model, start, *data):
    model.set_weights(start)
    model.fit(*data, batch_size=None if len(data) == 1 else 8, shuffle=False, verbose=0)
    return model.evaluate(X, verbose=0, return_dict=True)["loss"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", LABELS)
def test_labels_change_nothing(kind, model, start):
    y = LABELS[kind]
    expected = loss_after_fit(model, start, X, X)
    assert loss_after_fit(model, start, X, y) == pytest.approx(expected, rel=1e-6)
    dataset = tf.data.Dataset.from_tensor_slices((X, y)).batch(8)
    assert loss_after_fit(model, start, dataset) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("kind", ["float64", "strings", "dictionary"])
def test_labels_go_through_the_graph(kind):
    model = image_model(metrics=["mae"])
    model.fit(X, LABELS[kind], batch_size=8, validation_split=0.5, verbose=0)


@pytest.mark.parametrize("kind", NEITHER)
def test_what_is_neither_is_refused_before_the_first_step(kind, model, start):
    y, message = NEITHER[kind]
    model.set_weights(start)
    dataset = tf.data.Dataset.from_tensor_slices((X, y)).batch(8)
    for call in (
        lambda: model.fit(X, y, verbose=0),
        lambda: model.fit(X, validation_data=(X, y), verbose=0),
        lambda: model.fit(dataset, verbose=0),
        lambda: model.evaluate(X, y, verbose=0),
        lambda: model.evaluate(dataset, verbose=0),
        lambda: model.train_on_batch(X, y),
        lambda: model.test_on_batch(X, y),
    ):
        with pytest.raises(ValueError, match=message) as error:
            call()
        assert "Received:" in str(error.value)
        assert all(map(np.array_equal, model.get_weights(), start))


def test_vectors_of_another_length_are_labels_of_vectors():
    model = Autoencoder((6,), 2, widths=(4,), seed=0)
    model.compile(run_eagerly=True)
    expected = model.evaluate(V, verbose=0)
    for y in (NUMBERS, np.eye(16), V[:, :5]):
        assert model.evaluate(V, y, verbose=0) == expected
    # Of the same length they are targets.
    assert model.evaluate(V, V + 1.0, verbose=0) != expected
    with pytest.raises(ValueError, match=r"y.reshape\(len\(y\), -1\)"):
        model.evaluate(V, np.ones((16, 3, 2)), verbose=0)


def test_as_many_targets_as_examples(model):
    for y in (X[:12], NUMBERS[:12]):
        for method in (model.fit, model.evaluate):
            with pytest.raises(ValueError, match="same number of samples"):
                method(X, y, verbose=0)


def test_xla_and_replicas_take_no_strings(two_replicas):
    with two_replicas.scope():
        together = image_model()
    for model in (image_model(jit_compile=True), together):
        with pytest.raises(ValueError, match=r"np.unique\(y, return_inverse=True\)\[1\]"):
            model.fit(X, TEXTS, verbose=0)


def test_class_weights_take_classes(model, start):
    model.set_weights(start)
    keep_even = {0: 1.0, 1: 0.0}
    by_class = model.fit(X, NUMBERS % 2, class_weight=keep_even, shuffle=False, verbose=0)
    model.set_weights(start)
    by_weight = model.fit(X, sample_weight=1.0 - NUMBERS % 2, shuffle=False, verbose=0)
    assert by_class.history["loss"] == pytest.approx(by_weight.history["loss"], rel=1e-6)
    for y in (None, X, TEXTS):
        with pytest.raises(ValueError, match="`class_weight` weighs examples by their class"):
            model.fit(X, y, class_weight=keep_even, verbose=0)
