"""What Keras calls by itself, or a user calls, sees a batch as the losses see it."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from cases import fast, slow
from zoo import build, compiled, examples

X = examples((12, 12, 1), 16)
BYTES = np.round(X * 255).astype("uint8")
MASK = (np.random.default_rng(0).random((16, 12, 12, 1)) < 0.7).astype("float32")
WEIGHT = np.linspace(0.5, 1.5, 16).astype("float32")
LABEL = np.arange(16)

DATA = {
    "x": (X,),
    "label": (X, LABEL),
    "pair of bytes": (X, BYTES),
    "weights": (X, X, WEIGHT),
    "mask": (X, X, MASK),
    "dictionary": ({"image": X, "label": LABEL},),
}


def fit(model, parts, is_dataset, **options):
    """The logs of an epoch in order."""
    if is_dataset:
        parts = parts if len(parts) > 1 else parts[0]
        data, batch = (tf.data.Dataset.from_tensor_slices(parts).batch(8),), {}
    else:
        data, batch = parts[:2], {"batch_size": 8}
        batch["sample_weight"] = parts[2] if len(parts) == 3 else None
    history = model.fit(*data, shuffle=False, verbose=0, **batch, **options).history
    return {name: values[0] for name, values in history.items()}


def model_with_metrics(**options):
    return compiled(
        build("ConvVAE gaussian"),
        keras.optimizers.SGD(1e-4),
        metrics=["mae"],
        weighted_metrics=["mse"],
        **options,
    )


@pytest.fixture(scope="module")
def expected():
    """Logs of eager steps on arrays."""
    logs = {}
    for kind, parts in DATA.items():
        keras.utils.set_random_seed(0)
        logs[kind] = fit(model_with_metrics(run_eagerly=True), parts, is_dataset=False)
    return logs


@pytest.mark.parametrize("kind", fast(DATA, ["x", "label", "mask"]))
@pytest.mark.parametrize("is_dataset", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_metrics_under_a_strategy(kind, is_dataset, expected):
    # One replica: Keras builds the metrics of a model under any strategy by itself.
    with tf.distribute.MirroredStrategy(["cpu:0"]).scope():
        model = model_with_metrics()
    assert fit(model, DATA[kind], is_dataset) == pytest.approx(expected[kind], rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("kind", DATA)
def test_metrics_of_two_replicas(kind, expected, noise_off, two_replicas):
    with two_replicas.scope():
        model = model_with_metrics()
    logs = fit(model, DATA[kind], is_dataset=True)
    alone = fit(model_with_metrics(run_eagerly=True), DATA[kind], is_dataset=True)
    assert logs == pytest.approx(alone, rel=1e-4)


@pytest.mark.parametrize("options", [{"steps_per_execution": 2}, slow({"jit_compile": True})])
def test_metrics_however_a_step_is_run(options, noise_off):
    # Without noise, of which XLA draws another.
    eager, other = (
        fit(model_with_metrics(**how), DATA["mask"], is_dataset=False)
        for how in ({"run_eagerly": True}, options)
    )
    assert other == pytest.approx(eager, rel=1e-4)


def test_evaluation_names_what_it_returns():
    model = model_with_metrics(run_eagerly=True)
    logs = model.evaluate(X, LABEL, verbose=0, return_dict=True)
    in_order = [logs[name] for name in ("loss", "mae", "mse", "reconstruction_loss", "kl_loss")]
    assert model.evaluate(X, LABEL, verbose=0) == pytest.approx(in_order)
    assert model.test_on_batch(X, LABEL, return_dict=True) == pytest.approx(logs)
    assert model.metrics_names[0] == "loss"
    np.testing.assert_allclose(model.predict_on_batch(X), model.predict(X, verbose=0), atol=1e-6)


def test_the_loss_of_a_batch_is_that_of_evaluate():
    model = compiled(build("ConvVAE gaussian"), run_eagerly=True)
    for parts in ((X,), (X, BYTES), (X, LABEL), (X, X, WEIGHT), (X, X, MASK)):
        x, y, weight = keras.utils.unpack_x_y_sample_weight(parts)
        loss = model.compute_loss(x, y, None, weight, training=False)
        logs = model.evaluate(x, y, sample_weight=weight, verbose=0, return_dict=True)
        assert float(loss) == pytest.approx(logs["loss"], rel=1e-5)


def test_a_step_is_traced_once_whatever_its_batch():
    model = compiled(build("ConvVAE gaussian"))
    traces = []
    original = model.loss_terms
    model.loss_terms = lambda *args, **kwargs: traces.append(1) or original(*args, **kwargs)
    model.fit(X, sample_weight=MASK, batch_size=6, epochs=2, verbose=0)
    # The last batch is smaller, which may trace the step again, once.
    assert len(traces) <= 2
