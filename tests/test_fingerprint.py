import keras
import numpy as np
import pytest

import keras_genae as genae
from keras_genae.fingerprint import fingerprint

X = np.random.default_rng(0).normal(size=(40, 6)).astype("float32")


@pytest.fixture
def model():
    model = genae.VAE((6,), latent_dim=2, widths=(8,), seed=0)
    model.compile(optimizer="adam", run_eagerly=True)
    return model


def train(model):
    model.fit(X, epochs=1, verbose=0)


def set_one_weight(model):
    bias = model.decoder.weights[-1]
    bias.assign(np.nextafter(bias.numpy(), np.float32(1)))


def swap_two_weights(model):
    first, second = model.encoder.weights[-1], model.encoder.weights[-3]
    first.assign([1.0, 2.0])
    second.assign([3.0, 4.0])
    before = fingerprint(model)
    first.assign([3.0, 4.0])
    second.assign([1.0, 2.0])
    assert fingerprint(model) != before


def first_dense(model):
    return next(layer for layer in model.encoder.layers if isinstance(layer, keras.layers.Dense))


def use_bfloat16(model):
    # Of computation alone: the weights stay as they are.
    first_dense(model).dtype_policy = "mixed_bfloat16"


CHANGES = {
    "training": train,
    "one bit of one weight": set_one_weight,
    "two weights swapped": swap_two_weights,
    "int8": lambda model: first_dense(model).quantize("int8"),
    "precision of computation": use_bfloat16,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_changes_with_the_model(model, change):
    before = fingerprint(model)
    change(model)
    assert fingerprint(model) != before


def test_use_leaves_it_as_it_was(model, tmp_path):
    train(model)
    before = fingerprint(model)
    model.predict(X, verbose=0)
    model.evaluate(X, verbose=0)
    model.sample(3)  # Moves the model's generator of noise.
    model.fit_prior(X)
    model.compile(optimizer="sgd")
    assert fingerprint(model) == before
    model.save(tmp_path / "model.keras")
    assert fingerprint(keras.saving.load_model(tmp_path / "model.keras")) == before


def test_of_several_it_changes_with_each(model):
    before = fingerprint(model.encoder, model.decoder)
    assert before not in (fingerprint(model.encoder), fingerprint(model.decoder))
    set_one_weight(model)
    assert fingerprint(model.encoder, model.decoder) != before


def test_weights_of_all_dtypes_are_read():
    layer = keras.layers.Layer()
    for dtype in ("bfloat16", "float16", "int8", "bool", "uint32"):
        for shape in ((), (3,), (2, 0), (2, 3)):
            layer.add_weight(shape=shape, dtype=dtype, initializer="zeros", trainable=False)
    layer.built = True
    seen = {fingerprint(layer)}
    for weight in layer.weights:
        weight.assign(keras.ops.ones_like(weight))
        seen.add(fingerprint(layer))
    # Where a weight has no entry there is nothing to change.
    assert len(seen) == 1 + sum(0 not in weight.shape for weight in layer.weights)
