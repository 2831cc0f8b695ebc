"""Models are trained on this backend as on TensorFlow."""

import pathlib
import socket

import keras
import numpy as np
import pytest
from computed import trained
from processes import run_python, start_python
from test_same_numbers import ROUNDING
from zoo import CONFIGS

from keras_genae import VAE, ConvVAE, DeepVAE
from keras_genae.training import Checkpoint

BACKEND = keras.backend.backend()
ON_JAX = pytest.mark.skipif(BACKEND != "jax", reason="Keras distributes over devices on JAX.")

# Codes are whitened along the axes of a matrix; how they hang on side information is the solution
# of equations, to which what classes say together, their sum of 1, adds next to nothing.
WHITENED, SOLVED = 10 * ROUNDING, 100 * ROUNDING

X = np.random.default_rng(0).random((96, 8, 8, 1)).astype("float32")


@pytest.fixture(autouse=True)
def optimised():
    """As users compile it; without optimisation JAX makes NaN of a gradient that is finite."""
    if BACKEND != "jax":
        yield
        return
    import jax

    jax.config.update("jax_disable_most_optimizations", False)
    yield
    jax.config.update("jax_disable_most_optimizations", True)


def small(**options):
    keras.utils.set_random_seed(0)
    return ConvVAE((8, 8, 1), latent_dim=2, widths=(4,), seed=0, **options)


def moved(model, train):
    """How far the weights go while `train()` runs."""
    before = [w.numpy() for w in model.trainable_variables]
    train()
    after = [w.numpy() for w in model.trainable_variables]
    return np.sqrt(sum(np.sum((a - b) ** 2) for a, b in zip(after, before, strict=True)))


@pytest.mark.parametrize("name", CONFIGS)
def test_steps_move_a_model_as_on_tensorflow(name, on_tensorflow):
    numbers, weights = on_tensorflow[name]
    found = trained(name, weights)
    of_training = {
        what.removeprefix("trained/"): value
        for what, value in numbers.items()
        if what.startswith("trained/")
    }
    assert list(found) == list(of_training)
    for what, expected in of_training.items():
        size = np.abs(expected).max() + 1e-12
        atol = SOLVED if what.endswith((" center", " slope")) else WHITENED
        np.testing.assert_allclose(found[what] / size, expected / size, atol=atol, err_msg=what)


def test_evaluation_and_validation_are_the_same_each_time():
    model = small()
    model.compile()
    history = model.fit(X, epochs=2, validation_data=X[:40], verbose=0).history
    found = [model.evaluate(X[:40], batch_size=size, verbose=0)[0] for size in (7, 40)]
    np.testing.assert_allclose(found, [history["val_loss"][-1]] * 2, rtol=1e-5)


def test_each_fit_follows_the_whole_of_its_schedule():
    # The floor is a hundredth of the rate: a step that was compiled with the schedule of the
    # first `fit` would hardly move in the second.
    model = small()
    model.compile()
    first, second = (moved(model, lambda: model.fit(X, epochs=3, verbose=0)) for _ in range(2))
    assert second > first / 5


class StopAfterTwo(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = epoch == 1


def test_a_resumed_run_equals_an_unbroken_one(tmp_path):
    def run(folder, *callbacks):
        model = small(likelihood="sigma")
        model.compile()
        checkpoint = Checkpoint(tmp_path / folder)
        options = {"initial_epoch": checkpoint.restore(model), "epochs": 4, "shuffle": False}
        model.fit(X, **options, verbose=0, callbacks=[checkpoint, *callbacks])
        return model

    run("stopped", StopAfterTwo())
    resumed, whole = run("stopped"), run("whole")
    for ours, theirs in zip(resumed.weights, whole.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_trains(policy):
    model = small(dtype=policy)
    model.compile("adam")
    losses = model.fit(X, epochs=3, verbose=0).history["loss"]
    assert np.isfinite(losses).all() and losses[-1] < losses[0]
    reference = small()
    reference.set_weights(model.get_weights())
    reference.compile("adam")
    kept = [m.evaluate(X, verbose=0)[0] for m in (model, reference)]
    np.testing.assert_allclose(*kept, rtol=0.01)


def test_metrics_of_users_and_steps_per_execution():
    model = small()
    # PyTorch has no steps to put together.
    together = 1 if BACKEND == "torch" else 2
    model.compile("adam", metrics=["mae"], steps_per_execution=together)
    logs = model.fit(X, epochs=1, batch_size=32, verbose=0).history
    assert 0.0 < logs["mae"][0] < 1.0
    error = np.abs(model.predict(X, verbose=0) - X).mean()
    np.testing.assert_allclose(
        model.evaluate(X, verbose=0, return_dict=True)["mae"], error, rtol=1e-5
    )


def test_several_small_steps_at_once_are_those_of_one_at_a_time():
    x, models = X.reshape(len(X), -1)[:90], []
    for given in (None, 1):
        keras.utils.set_random_seed(0)
        # A schedule, noise that layers share, and a batch that is smaller than the others.
        models.append(VAE((64,), latent_dim=2, widths=(8,), seed=0))
        models[-1].compile(steps_per_execution=given)
    options = {"batch_size": 8, "epochs": 2, "verbose": 0, "validation_data": x, "shuffle": False}
    ours, theirs = (model.fit(x, **options).history for model in models)
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-4, err_msg=name)
    assert [int(model.optimizer.iterations) for model in models] == [24, 24]
    for mine, other in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-3, atol=1e-4)


def test_a_step_that_is_not_finite_moves_nothing():
    model = DeepVAE((8, 8, 1), 2, widths=(2,), levels=1, skip_above=None, seed=0)
    model.compile(keras.optimizers.Adam(0.01))
    assert moved(model, lambda: model.train_on_batch(X[:4])) > 0.0
    model.beta.assign(np.nan)
    assert moved(model, lambda: model.train_on_batch(X[:4])) == 0.0
    assert int(model.skipped_steps) == 1 and int(model.optimizer.iterations) == 1
    model.beta.assign(1.0)
    assert moved(model, lambda: model.train_on_batch(X[:4])) > 0.0


def test_a_frozen_model_says_so_and_moves_no_weight():
    model = small()
    model.trainable = False
    model.compile("adam")
    before = model.decoder.get_weights()
    with pytest.warns(UserWarning, match="no trainable weights"):
        model.fit(X, epochs=1, verbose=0)
    for ours, theirs in zip(model.decoder.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_numbers_that_are_not_finite_are_told_or_seen_in_the_loss():
    # Of a source of batches only the first is looked at.
    batches = [X[:8], np.full_like(X[:8], np.nan)]
    model = small()
    model.compile("adam")
    if BACKEND == "jax":
        assert np.isnan(model.fit(iter(batches), steps_per_epoch=2, verbose=0).history["loss"][0])
        return
    with pytest.raises(ValueError, match="holds numbers that are not finite"):
        model.fit(iter(batches), steps_per_epoch=2, verbose=0)
    assert int(model.optimizer.iterations) == 1


def test_regularisers_of_own_networks_count():
    def loss(strength):
        keras.utils.set_random_seed(0)
        regulariser = keras.regularizers.L2(strength)
        x = keras.Input((6,))
        dense = keras.layers.Dense(4, kernel_regularizer=regulariser)
        encoder = keras.Model(x, [keras.layers.Dense(2)(dense(x)), keras.layers.Dense(2)(dense(x))])
        z = keras.Input((2,))
        model = VAE(encoder=encoder, decoder=keras.Model(z, keras.layers.Dense(6)(z)), seed=0)
        model.compile("adam")
        weight = np.sum(np.square(dense.kernel.numpy()))
        data = np.random.default_rng(0).normal(size=(8, 6)).astype("float32")
        return model.evaluate(data, verbose=0)[0], weight

    (plain, _), (more, weight) = loss(0.0), loss(0.5)
    np.testing.assert_allclose(more - plain, 0.5 * weight, rtol=1e-4)


FIT_ON = """
import numpy as np, keras, keras_genae as genae
x = np.random.default_rng(0).random((32, 8, 8, 1)).astype("float32")
path, out = {path!r}, {out!r}
if path is None:
    model = genae.ConvVAE((8, 8, 1), latent_dim=2, widths=(4,), seed=0)
    model.compile(keras.optimizers.Adam(1e-3))
    model.fit(x, epochs=1, verbose=0)
else:
    model = keras.saving.load_model(path)
print(*model.evaluate(x, verbose=0), int(model.optimizer.iterations))
print(model.fit(x, epochs=1, verbose=0, shuffle=False).history["kl_loss"][0])
model.save(out)
"""


@pytest.mark.parametrize("order", [("tensorflow", BACKEND), (BACKEND, "tensorflow")])
def test_a_model_goes_on_where_it_was_on_another_backend(order, tmp_path):
    one, two = (str(tmp_path / name) for name in ("one.keras", "two.keras"))
    run_python(FIT_ON.format(path=None, out=one), order[0])
    said = [run_python(FIT_ON.format(path=one, out=two), backend) for backend in order]
    losses, kl = zip(*(text.split("\n")[:2] for text in said), strict=True)
    losses = [[float(n) for n in line.split()] for line in losses]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)
    np.testing.assert_allclose(float(kl[0]), float(kl[1]), rtol=0.2)  # Of other noise.


DISTRIBUTED = """
import numpy as np, keras, keras_genae as genae
if {devices} > 1:
    keras.distribution.set_distribution(keras.distribution.DataParallel())
x = np.random.default_rng(0).random((32, 8, 8, 1)).astype("float32")
keras.utils.set_random_seed(0)
model = genae.ConvVAE((8, 8, 1), latent_dim=2, widths=(4,), seed=0)
model.compile(keras.optimizers.SGD(0.01, global_clipnorm=1.0))
model.fit(x, batch_size=16, epochs=2, verbose=0, shuffle=False)
import jax
print(len(jax.devices()), *[float(np.sum(np.abs(w))) for w in model.get_weights()])
"""


@ON_JAX
def test_two_devices_train_as_one(monkeypatch):
    found = []
    for devices in (1, 2):
        monkeypatch.setenv("XLA_FLAGS", f"--xla_force_host_platform_device_count={devices}")
        found.append(
            [float(n) for n in run_python(DISTRIBUTED.format(devices=devices), "jax").split()]
        )
    assert [numbers[0] for numbers in found] == [1, 2]
    np.testing.assert_allclose(found[1][1:], found[0][1:], rtol=1e-4)


def script_of_the_docs():
    """The script for several machines in `docs/scale.md`."""
    text = (pathlib.Path(__file__).parents[2] / "docs" / "scale.md").read_text()
    return text.split("This is `train.py`:\n\n```python\n")[1].split("```")[0]


@ON_JAX
def test_two_processes_train_as_one_with_the_joined_batches(tmp_path, monkeypatch):
    # Keras would shuffle a share in another order than the whole.
    script = script_of_the_docs().replace("epochs=2,", "epochs=2, shuffle=False,")
    images = np.random.default_rng(0).integers(256, size=(96, 8, 8, 1), dtype="uint8")
    models = []
    for processes in (1, 2):
        folder = tmp_path / str(processes)
        folder.mkdir()
        monkeypatch.chdir(folder)
        # Of 32 in a batch, the second process brings the last 16.
        shares = images.reshape(3, processes, -1, 8, 8, 1).swapaxes(1, 2)
        np.save("images.npy", shares.reshape(96, 8, 8, 1))
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = f"127.0.0.1:{server.getsockname()[1]}"
        started = [
            start_python(script, "jax", address, processes, rank) for rank in range(processes)
        ]
        errors = [process.communicate()[1] for process in started]
        assert [process.returncode for process in started] == [0] * processes, errors
        models.append(keras.saving.load_model("run/model.keras"))
    one, two = models
    assert int(one.optimizer.iterations) == int(two.optimizer.iterations) == 6
    for ours, theirs in zip(two.weights, one.weights, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5, err_msg=ours.path)
    weights = two.get_weights()
    assert Checkpoint("run/checkpoint").restore(two) == 2
    for ours, theirs in zip(two.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
