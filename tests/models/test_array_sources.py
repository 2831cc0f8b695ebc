import gc
import weakref

import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import tensorflow as tf

from keras_genae import VAE, ConditionalVAE, ConvVAE
from keras_genae.datasets import evaluation_batches, training_batches
from keras_genae.models import array_sources
from keras_genae.models.array_sources import make_source, make_sources

X = np.random.default_rng(0).random((70, 6)).astype("float32")
LABELS = np.arange(70) % 3
WEIGHT = np.linspace(0.0, 2.0, 70)
ENTRIES = (np.random.default_rng(1).random((70, 6)) < 0.8).astype("float32")


def vae(**options):
    model = VAE((6,), latent_dim=2, widths=(4,), seed=0, **options)
    model.compile(keras.optimizers.SGD(0.01))
    return model


def images():
    model = ConvVAE((8, 8, 1), latent_dim=2, widths=(4,), seed=0)
    model.compile(keras.optimizers.SGD(0.01))
    return model


def conditional():
    model = ConditionalVAE((6,), latent_dim=2, classes=3, widths=(4,), seed=0)
    model.compile(keras.optimizers.SGD(0.01))
    return model


BYTES = np.random.default_rng(2).integers(0, 256, (70, 8, 8, 1)).astype("uint8")
CASES = {
    "array": (vae, {"x": X}),
    "double": (vae, {"x": X.astype("float64")}),
    "half": (vae, {"x": X.astype("float16")}),
    "other way round": (vae, {"x": X.astype(">f4")}),
    "every other": (vae, {"x": np.repeat(X, 2, axis=0)[::-2]}),
    "booleans": (vae, {"x": X > 0.5}),
    "mapped": (vae, {"x": np.asarray(X).view(np.memmap)}),
    "bytes": (images, {"x": BYTES}),
    "list": (vae, {"x": X.tolist()}),
    "tensor": (vae, {"x": tf.constant(X)}),
    "frame": (vae, {"x": pd.DataFrame(X)}),
    "sparse": (vae, {"x": scipy.sparse.csr_matrix(X * ENTRIES)}),
    "target": (vae, {"x": X, "y": X[::-1].copy()}),
    "weights": (vae, {"x": X, "sample_weight": WEIGHT}),
    "weights of entries": (vae, {"x": X, "sample_weight": ENTRIES}),
    "labels": (conditional, {"x": X, "y": LABELS}),
    "labels beside": (conditional, {"x": {"image": X, "label": LABELS}}),
    "split": (vae, {"x": X, "validation_split": 0.2}),
    "split of pairs": (vae, {"x": X, "y": X[::-1].copy(), "validation_split": 0.3}),
    "validation": (vae, {"x": X, "validation_data": (X[:30], X[30:60])}),
    "validation with weights": (vae, {"x": X, "validation_data": (X, X, WEIGHT)}),
    "validation batches": (vae, {"x": X, "validation_data": X, "validation_batch_size": 7}),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_what_keras_would_make_of_arrays(name, monkeypatch):
    make, given = CASES[name]
    options = {"batch_size": 16, "epochs": 2, "shuffle": False, "verbose": 0}
    histories = []
    for reads_datasets in (lambda: True, lambda: False):
        monkeypatch.setattr(array_sources, "reads_datasets", reads_datasets)
        keras.utils.set_random_seed(0)
        model = make()
        histories.append(model.fit(**given, **options).history)
        histories[-1]["after"] = [model.evaluate(given["x"], given.get("y"), verbose=0)]
        x = {"x": X, "label": LABELS} if name == "labels" else given["x"]
        histories[-1]["prediction"] = model.predict(x, batch_size=16, verbose=0)
    ours, theirs = histories
    assert ours.keys() == theirs.keys()
    for key, values in theirs.items():
        np.testing.assert_allclose(ours[key], values, rtol=1e-5, err_msg=key)


def prepared(**given):
    """The arguments of `fit`, as they are when sources are made, and what is made of them."""
    given = {"y": None, "sample_weight": None, **given}
    make_sources(vae(), given)
    return given


def rows(dataset):
    return np.concatenate([np.asarray(batch) for batch in dataset])


def test_each_pass_has_all_rows_in_another_order():
    x = np.arange(70.0)[:, None] * np.ones(6)
    passes = [rows(source)[:, 0] for source in [prepared(x=x, batch_size=16)["x"]] * 3]
    for order in passes:
        np.testing.assert_array_equal(np.sort(order), np.arange(70.0))
    assert len({tuple(order) for order in passes}) == 3


def test_the_order_is_that_of_the_seed():
    orders = []
    for seed in (0, 0, 1):
        keras.utils.set_random_seed(seed)
        source = prepared(x=X)["x"]
        orders.append(np.concatenate([rows(source), rows(source)]))
    np.testing.assert_array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[0], orders[2])


def test_arrays_are_shuffled_as_one():
    given = prepared(x=X, y=X + 1.0, sample_weight=X[:, 0], batch_size=16)
    for x, y, weight in given["x"]:
        np.testing.assert_array_equal(y, x + 1.0)
        np.testing.assert_array_equal(weight, x[:, 0])


def test_batches_are_32_as_in_keras():
    assert [len(batch) for batch in prepared(x=X)["x"]] == [32, 32, 6]
    assert len(prepared(x=X, batch_size=16)["x"]) == 5


def test_rows_are_read_when_they_are_asked_for():
    x = X.copy()
    source = prepared(x=x, shuffle=False)["x"]
    x[:] = 7.0
    assert (rows(source) == 7.0).all()


def test_arrays_are_let_go_afterwards():
    # TensorFlow keeps the functions of a pipeline for ever.
    model = vae()
    for use in (
        lambda x: model.fit(x, validation_split=0.2, verbose=0),
        lambda x: model.evaluate(x, verbose=0),
        lambda x: model.predict(x, verbose=0),
        lambda x: list(training_batches(x, 8, seed=0).take(2)),
        lambda x: next(iter(evaluation_batches(x, 8))),
    ):
        x = X.copy()
        kept = weakref.ref(x)
        use(x)
        del x
        gc.collect()
        assert kept() is None


@pytest.mark.parametrize(
    "given",
    [
        {"class_weight": {0: 1.0, 1: 2.0, 2: 1.0}, "y": LABELS},
        {"steps_per_epoch": 2},
        {"shuffle": "batch"},
        {"y": LABELS.astype(str).astype(object)},
        {"y": LABELS[:-1]},
        {"batch_size": 0},
        {"batch_size": 2.5},
        {"x": tf.data.Dataset.from_tensor_slices(X).batch(8)},
    ],
    ids=["class weights", "steps", "batches", "strings", "lengths", "none", "half", "source"],
)
def test_what_keras_knows_better_is_left_to_it(given):
    given = {"x": X, **given}
    assert prepared(**given)["x"] is given["x"]


def test_a_split_that_leaves_nothing_is_refused_by_keras():
    with pytest.raises(ValueError, match="validation_split"):
        vae().fit(X, validation_split=0.999, verbose=0)


def test_counted_batches_are_left_to_keras():
    given = {"x": X, "steps": 2}
    make_source(vae(), given)
    assert given["x"] is X
    assert prepared(x=X, validation_data=X, validation_steps=1)["validation_data"] is X


def test_one_replica_is_one_device():
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        model = vae()
    given = {"x": X, "y": None, "sample_weight": None}
    make_sources(model, given)
    assert isinstance(given["x"], tf.data.Dataset)
    model.fit(X, verbose=0)
