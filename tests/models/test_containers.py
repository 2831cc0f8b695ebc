"""Whatever holds the data: taken with the numbers of the array, or refused before a step."""

import itertools

import keras
import numpy as np
import pytest
import scipy.sparse
import tensorflow as tf
from cases import fast
from zoo import examples

from keras_genae import Autoencoder
from keras_genae.batches import in_batches

X = examples((6,), 16)
X[X < -1.0] = 0.0  # Something for the sparse ones to leave out.
LABELS = np.arange(16)


class Batches(keras.utils.PyDataset):
    """Batches of eight, as a function of a slice makes them."""

    def __init__(self, element, count=2):
        super().__init__()
        self.element = element
        self.count = count

    @property
    def num_batches(self):
        return self.count

    def __getitem__(self, index):
        return self.element(slice(8 * index, 8 * index + 8))


def batches(elements):
    return tf.data.Dataset.from_tensor_slices(elements).batch(8)


def generator(element, starts=(0, 8)):
    return (element(slice(start, start + 8)) for start in starts)


def pipeline(x, **signature):
    """A dataset whose shapes are known in the pipeline only as far as the signature says."""
    return tf.data.Dataset.from_generator(lambda: iter(x), **signature).batch(8)


def frame(x, **columns):
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(x).assign(**columns)


def memory_map(folder):
    path = folder / "x.npy"
    np.save(path, X)
    return np.load(path, mmap_mode="r")


# Name → a function of a temporary folder; what can be read once is made anew each time.
TAKEN = {
    "list of lists": lambda _: X.tolist(),
    "list of arrays": lambda _: list(X),
    "column-major": lambda _: np.asfortranarray(X),
    "every second of twice as many": lambda _: np.repeat(X, 2, axis=0)[::2],
    "float64": lambda _: X.astype("float64"),
    "matrix": lambda _: np.asmatrix(X),
    "nothing masked": lambda _: np.ma.array(X),
    "memory-mapped": memory_map,
    "DataFrame": lambda _: frame(X),
    "DataFrame of float64": lambda _: frame(X.astype("float64")),
    "CSR": lambda _: scipy.sparse.csr_matrix(X),
    "sparse array in COO": lambda _: scipy.sparse.coo_array(X),
    "tensor": lambda _: tf.constant(X),
    "sparse tensor": lambda _: tf.sparse.from_dense(X),
    "dictionary": lambda _: {"features": X, "label": LABELS},
    "nested dictionary of lists": lambda _: {"a": {"features": X.tolist()}, "label": LABELS},
    "dataset": lambda _: batches(X),
    "dataset with labels": lambda _: batches((X, LABELS)),
    "dataset of float64": lambda _: batches(X.astype("float64")),
    "dataset of dictionaries": lambda _: batches({"features": X, "attributes": {"a": X[:, 0] > 0}}),
    "dataset of dictionaries and labels": lambda _: batches(({"features": X}, LABELS)),
    "dataset of sparse tensors": lambda _: batches(tf.sparse.from_dense(X)),
    "dataset of unknown rank": lambda _: pipeline(X, output_types=tf.float32),
    "dataset of unknown size": lambda _: pipeline(X, output_signature=tf.TensorSpec((None,))),
    "iterator of a dataset": lambda _: iter(batches(X)),
    "NumPy iterator of a dataset": lambda _: batches(X).as_numpy_iterator(),
    "generator": lambda _: generator(lambda rows: X[rows]),
    "generator of tuples": lambda _: generator(lambda rows: (X[rows], LABELS[rows])),
    "generator of lists": lambda _: generator(lambda rows: (X[rows].tolist(),)),
    "generator of dictionaries": lambda _: generator(lambda rows: {"features": X[rows]}),
    "generator of DataFrames": lambda _: generator(lambda rows: frame(X[rows])),
    "PyDataset": lambda _: Batches(lambda rows: X[rows]),
    "PyDataset with labels": lambda _: Batches(lambda rows: (X[rows], LABELS[rows])),
    "PyDataset of dictionaries": lambda _: Batches(lambda rows: {"features": X[rows]}),
}

# What is a container of its own kind; the others differ in what is inside, and run with the slow.
EACH_TIME = [
    "list of lists",
    "memory-mapped",
    "nothing masked",
    "DataFrame of float64",
    "CSR",
    "tensor",
    "sparse tensor",
    "nested dictionary of lists",
    "dataset with labels",
    "dataset of dictionaries and labels",
    "dataset of unknown rank",
    "iterator of a dataset",
    "generator of dictionaries",
    "PyDataset with labels",
]

NAN = np.where(np.arange(96).reshape(16, 6) == 3, np.nan, X).astype("float32")
WHOLE = np.arange(96).reshape(16, 6)

REFUSED = {
    "NaN in an array": (lambda: NAN, "not finite"),
    "NaN in a list": (lambda: NAN.tolist(), r"np.asarray\(x\)\[np.isfinite"),
    "NaN in a DataFrame": (lambda: frame(NAN), r"x.to_numpy\(\)\[np.isfinite"),
    "NaN in a sparse matrix": (lambda: scipy.sparse.csr_matrix(NAN), r"x.toarray\(\)\[np.isfin"),
    "NaN in a tensor": (lambda: tf.constant(NAN), "not finite"),
    "NaN in a dictionary": (lambda: {"features": NAN}, "not finite"),
    "NaN that is masked": (lambda: np.ma.masked_invalid(NAN), "1 masked values"),
    "NaN in a dataset": (lambda: batches(NAN), "first batch of x from nan"),
    "NaN in a dataset of dictionaries": (lambda: batches({"features": NAN}), "not finite"),
    "NaN in a generator": (lambda: generator(lambda rows: NAN[rows]), "not finite"),
    "NaN in a PyDataset": (lambda: Batches(lambda rows: NAN[rows]), "not finite"),
    "whole numbers in a list": (
        lambda: WHOLE.tolist(),
        r"`x = np.asarray\(x\).astype\('float32'\)`",
    ),
    "whole numbers in a DataFrame": (
        lambda: frame(WHOLE),
        r"`x = x.to_numpy\(\).astype\('float32'\)`",
    ),
    "whole numbers in a sparse matrix": (lambda: scipy.sparse.csr_matrix(WHOLE), "takes floats"),
    "whole numbers in a dataset": (
        lambda: batches(WHOLE),
        r"`x = keras.ops.cast\(x, 'float32'\)`",
    ),
    "strings in a DataFrame": (
        lambda: frame(X[:, :5], name="a"),
        "Leave out what is no number.*dtype=object",
    ),
    "strings in a list": (lambda: [["a"] * 6] * 16, "Leave out what is no number.*dtype=str"),
    "parts of several lengths": (lambda: [[1.0, 2.0], [3.0]], "differ in shape"),
    "ragged tensor": (lambda: tf.ragged.constant([[1.0, 2.0], [3.0]]), r"\.to_tensor\(\)"),
    "pair in a list": (lambda: [X, X], r"`model.fit\(x, y, ...\)`"),
    "path": (lambda: "faces.npy", "of type str"),
    "nothing": (lambda: None, "of type NoneType"),
    "function that makes a generator": (lambda: generator, r"`x = x\(\)`"),
    "wrong length in a list": (lambda: X[:, :5].tolist(), r"x.shape=\(16, 5\)"),
    "wrong length in a DataFrame": (lambda: frame(X[:, :5]), r"x.shape=\(16, 5\)"),
    "wrong length in a generator": (
        lambda: generator(lambda rows: X[rows, :5]),
        r"first batch of x.shape=\(8, 5\)",
    ),
    "Series": (lambda: frame(X)[0], r"x.shape=\(16,\)"),
    "examples one by one in a dataset": (
        lambda: tf.data.Dataset.from_tensor_slices(X),
        r"`data = data.batch\(32\)`",
    ),
    "examples one by one in dictionaries": (
        lambda: tf.data.Dataset.from_tensor_slices({"features": X, "label": LABELS}),
        r"`data = data.batch\(32\)`",
    ),
    "examples one by one in a generator": (lambda: iter(X), r"`x\[None\]`"),
    "dictionary of two candidates": (lambda: {"noisy": X, "clean": X}, "Several entries.*noisy"),
    "dictionary of none": (lambda: {"label": LABELS}, "No entry has the shape.*label"),
    "batches of lists": (
        lambda: Batches(lambda rows: (X[rows].tolist(),)),
        "elements must be arrays",
    ),
    "empty list": (list, "built for data of shape"),
    "empty dataset": (lambda: batches(X).take(0), "no example"),
    "empty generator": (lambda: generator(None, starts=()), "no example"),
    "empty PyDataset": (lambda: Batches(None, count=0), "no example"),
    "endless dataset": (lambda: batches(X).repeat(), "have no end"),
    "endless PyDataset": (lambda: Batches(lambda rows: X[:8], count=None), "have no end"),
}


@pytest.fixture(scope="module")
def model():
    # Eager, so that a case costs steps and no tracing; a rate at which a step shows.
    model = Autoencoder((6,), 2, widths=(4,), seed=0)
    model.compile(keras.optimizers.SGD(0.01), run_eagerly=True)
    return model


@pytest.fixture(scope="module")
def start(model):
    return model.get_weights()


def fitted(model, data, **options):
    """The weights after an epoch in order, laid out."""
    model.fit(data, batch_size=batch_size(data), shuffle=False, verbose=0, **options)
    return np.concatenate([weight.ravel() for weight in model.get_weights()])


def batch_size(data):
    is_source = hasattr(data, "__iter__") and not hasattr(data, "__len__")
    is_source = is_source or isinstance(data, (keras.utils.PyDataset, tf.data.Dataset))
    return None if is_source else 8


METHODS = {
    "fit": fitted,
    "validation": lambda model, data: model.fit(
        X, validation_data=data, validation_batch_size=8, verbose=0
    ).history["val_loss"][0],
    "evaluate": lambda model, data: model.evaluate(data, batch_size=batch_size(data), verbose=0),
    "predict": lambda model, data: model.predict(data, verbose=0),
    "encode": lambda model, data: model.encode(data, verbose=0),
    "reconstruct": lambda model, data: model.reconstruct(data, batch_size=5, verbose=0),
}


def run(method, model, start, data):
    model.set_weights(start)
    return METHODS[method](model, data)


@pytest.fixture(scope="module")
def reference(model, start):
    keras.utils.set_random_seed(0)
    return {
        method: run(method, model, start, X) for method in METHODS if method != "validation"
    } | {"validation": run("validation", model, start, X)}


# Keras says so of any generator, whose length it cannot know; NumPy of any matrix.
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
@pytest.mark.parametrize("container", fast(TAKEN, EACH_TIME))
def test_taken_with_the_numbers_of_the_array(container, model, start, reference, tmp_path):
    for method, expected in reference.items():
        result = run(method, model, start, TAKEN[container](tmp_path))
        np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6, err_msg=method)


@pytest.mark.parametrize("container", REFUSED)
def test_refused_before_the_first_step(container, model, start):
    make, message = REFUSED[container]
    for method in METHODS:
        if method == "validation" and container in ("nothing", "pair in a list"):
            continue  # Which `validation_data` may be.
        with pytest.raises(ValueError, match=message) as error:
            run(method, model, start, make())
        assert "Received:" in str(error.value), method
        assert all(map(np.array_equal, model.get_weights(), start)), method


@pytest.mark.parametrize("container", ["list of lists", "DataFrame", "CSR", "dictionary"])
def test_what_else_takes_arrays_takes_the_others(container, model, start, tmp_path):
    data = TAKEN[container](tmp_path)
    model.set_weights(start)
    split = fitted(model, data, validation_split=0.25)
    model.set_weights(start)
    np.testing.assert_allclose(split, fitted(model, X, validation_split=0.25), rtol=1e-5)
    for method in (model.train_on_batch, model.test_on_batch, model.predict_on_batch):
        model.set_weights(start)
        result = method(data)
        model.set_weights(start)
        np.testing.assert_allclose(result, method(X), rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="not finite"):
        model.train_on_batch(NAN.tolist())


def test_a_list_of_parts_and_a_list_of_examples_are_told_apart(model, start):
    expected = run("validation", model, start, X)
    for validation in ([X, LABELS], (X.tolist(), LABELS.tolist()), list(X), X.tolist()):
        assert run("validation", model, start, validation) == pytest.approx(expected, rel=1e-5)


def test_a_stream_goes_on_where_its_end_is_said(model, start):
    endless = batches(X).repeat()
    model.set_weights(start)
    stream = fitted(model, endless, steps_per_epoch=2)
    model.set_weights(start)
    np.testing.assert_allclose(stream, fitted(model, X), rtol=1e-5)
    model.evaluate(endless, steps=2, verbose=0)
    assert model.predict(endless, steps=2, verbose=0).shape == X.shape
    model.fit(X, validation_data=endless, validation_steps=1, verbose=0)


LATE = np.where(np.arange(16)[:, None] == 12, np.nan, X).astype("float32")


@pytest.mark.parametrize("eager", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.parametrize("method", METHODS)
def test_a_later_batch_with_nan_is_named_and_leaves_the_weights_whole(method, eager):
    model = Autoencoder((6,), 2, widths=(4,), seed=0)
    model.compile(run_eagerly=eager)
    with pytest.raises(ValueError, match="not finite"):
        METHODS[method](model, batches(LATE))
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_bytes_of_a_dataset_that_are_zeros_and_ones():
    model = Autoencoder((8, 8, 1), 2, network="mlp", widths=(4,))
    model.compile(run_eagerly=True)
    binary = np.eye(8, dtype="uint8")[None, :, :, None].repeat(4, axis=0)
    dataset = tf.data.Dataset.from_tensor_slices(binary).batch(2)
    for method in (model.fit, model.evaluate, model.predict, model.encode):
        with pytest.raises(ValueError, match="the brightest of these is 1"):
            method(dataset, verbose=0)
        method(dataset.map(lambda x: keras.ops.cast(x, "float32")), verbose=0)


def test_tensors_of_pytorch_are_taken(model, start, reference):
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(X, requires_grad=True)
    load = torch.utils.data.DataLoader
    loader = load(torch.utils.data.TensorDataset(torch.tensor(X)), batch_size=8)
    for data, method in itertools.product((tensor, loader), METHODS):
        result = run(method, model, start, data)
        np.testing.assert_allclose(result, reference[method], rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="elements are tuples"):
        model.fit(load(torch.tensor(X), batch_size=8))


def test_functions_of_arrays_take_every_container_too():
    def double(x):
        return 2.0 * x

    for data in (X.tolist(), scipy.sparse.csr_matrix(X), batches((X, LABELS)), tf.constant(X)):
        np.testing.assert_allclose(in_batches(double, data, batch_size=5), 2.0 * X, rtol=1e-6)
    with pytest.raises(ValueError, match="Say which entry is meant"):
        in_batches(double, batches({"features": X}))
    with pytest.raises(ValueError, match="have no end"):
        in_batches(double, batches(X).repeat())


def test_a_pydataset_is_read_a_batch_at_a_time():
    seen = []

    def element(rows):
        seen.append(rows.start)
        return X[rows]

    def note(x):
        assert len(seen) == len(notes) + 1
        notes.append(len(x))
        return x

    notes = []
    in_batches(note, Batches(element))
    assert notes == [8, 8]
