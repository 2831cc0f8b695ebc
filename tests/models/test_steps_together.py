import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import callbacks as keras_callbacks

from keras_genae import VAE, Autoencoder, ConvVAE
from keras_genae.models import steps_together
from keras_genae.training import DivergenceGuard

# Fourteen batches of 32, the last of which is smaller.
X = np.random.default_rng(0).random((420, 6)).astype("float32")


class Seen(keras.callbacks.Callback):
    """How many steps are made at once, asked after each epoch."""

    def on_train_begin(self, logs=None):
        self.steps = []

    def on_epoch_end(self, epoch, logs=None):
        self.steps.append(self.model.steps_per_execution)


class CountBatches(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.batches = []

    def on_train_batch_end(self, batch, logs=None):
        self.batches.append(batch)


def small(seed=0, **options):
    keras.utils.set_random_seed(seed)
    model = VAE((6,), latent_dim=2, widths=(4,), seed=seed)
    model.compile(keras.optimizers.Adam(0.01), **options)
    return model


def steps_of(model, callbacks=(), x=X, **options):
    seen = Seen()
    model.fit(x, epochs=1, verbose=0, callbacks=[*callbacks, seen], **options)
    assert model.steps_per_execution in (1, seen.steps[0])
    return seen.steps[0]


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: keras_callbacks.EarlyStopping("loss"),
        lambda folder: keras_callbacks.LambdaCallback(on_epoch_end=lambda *_: None),
        lambda folder: keras_callbacks.ModelCheckpoint(folder / "kept.keras", monitor="loss"),
    ],
)
def test_several_where_callbacks_look_at_epochs(make, tmp_path):
    assert steps_of(small(), [make(tmp_path)]) == steps_together.TOGETHER == 8


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: CountBatches(),
        lambda folder: keras_callbacks.LambdaCallback(
            on_train_batch_begin=lambda batch, logs: None
        ),
        lambda folder: keras_callbacks.ModelCheckpoint(folder / "kept.keras", save_freq=3),
        lambda folder: keras_callbacks.TerminateOnNaN(),
        lambda folder: DivergenceGuard(),
    ],
)
def test_one_where_a_callback_looks_at_batches(make, tmp_path):
    assert steps_of(small(), [make(tmp_path)]) == 1


def test_a_callback_of_batches_is_told_of_each():
    count = CountBatches()
    small().fit(X, batch_size=32, epochs=1, verbose=0, callbacks=count)
    assert count.batches == list(range(14))


@pytest.mark.filterwarnings("ignore:Your input ran out of data")  # Keras's, of unknown length.
def test_one_where_batches_are_counted_steps_are_large_or_devices_several(monkeypatch):
    model = small()
    assert steps_of(model, steps_per_epoch=3) == 1
    assert steps_of(model, validation_data=X, validation_steps=2) == 1
    assert steps_of(small(run_eagerly=True)) == 1
    batches = tf.data.Dataset.from_tensor_slices(X).batch(32)
    assert steps_of(model, x=batches) == 8
    # How many there are is known behind the first epoch alone.
    assert steps_of(model, x=batches.filter(lambda x: True)) == 1
    assert steps_of(model, x=(batch for batch in [X, X])) == 1
    with tf.distribute.MirroredStrategy(["cpu:0", "cpu:1"]).scope():
        assert steps_of(small(run_eagerly=False)) == 1
    monkeypatch.setattr(steps_together, "FEW", 100)
    assert steps_of(small()) == 1


def test_networks_that_cannot_be_counted_are_taken_for_large():
    @keras.saving.register_keras_serializable(package="test_steps_together")
    class Mine(keras.layers.Dense):
        pass

    encoder = keras.Sequential([keras.Input((6,)), Mine(2)])
    decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(6)])
    model = Autoencoder(encoder=encoder, decoder=decoder)
    model.compile("adam")
    assert steps_of(model) == 1


def test_what_the_user_says_stays(tmp_path):
    for given in (1, 4):
        model = small(steps_per_execution=given)
        assert steps_of(model) == given
        model.save(tmp_path / "model.keras")
        assert steps_of(keras.models.load_model(tmp_path / "model.keras")) == given
    model = small()
    assert steps_of(model) == 8
    model.save(tmp_path / "model.keras")
    assert steps_of(keras.models.load_model(tmp_path / "model.keras")) == 8


def test_the_numbers_are_those_of_one_at_a_time():
    together, alone = small(), small(steps_per_execution=1)
    options = {"epochs": 2, "batch_size": 32, "validation_data": X[:100], "verbose": 0}
    histories = []
    for model in (together, alone):
        keras.utils.set_random_seed(1)  # The same order.
        histories.append(model.fit(X, **options).history)
    ours, theirs = histories
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-4)
    assert int(together.optimizer.iterations) == 28
    for ours, theirs in zip(together.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)
    logs = [model.evaluate(X, verbose=0, return_dict=True) for model in (together, alone)]
    assert logs[0] == pytest.approx(logs[1], rel=1e-4)
    logs = [model.test_on_batch(X, return_dict=True) for model in (together, alone)]
    assert logs[0] == pytest.approx(logs[1], rel=1e-4)
    np.testing.assert_allclose(*(m.predict(X, verbose=0) for m in (together, alone)), atol=1e-4)


def test_a_callback_may_use_the_model_meanwhile():
    class Use(Seen):
        def on_epoch_end(self, epoch, logs=None):
            self.model.predict(X, verbose=0)
            self.model.evaluate(X, verbose=0)
            super().on_epoch_end(epoch, logs)

    model, use = small(), Use()
    model.fit(X, batch_size=32, epochs=3, verbose=0, callbacks=use, validation_data=X[:50])
    assert use.steps == [8, 8, 8] and model.steps_per_execution == 1
    assert int(model.optimizer.iterations) == 3 * 14
    model.train_on_batch(X)
    assert int(model.optimizer.iterations) == 3 * 14 + 1


def test_a_step_is_traced_once_for_each_number():
    model, traces = small(), []
    original = model.loss_terms
    model.loss_terms = lambda *args, **kwargs: traces.append(1) or original(*args, **kwargs)
    whole = X[:384]
    for _ in range(2):
        model.fit(whole, batch_size=32, epochs=2, verbose=0)
        model.evaluate(whole, batch_size=32, verbose=0)
        model.fit(whole, batch_size=32, epochs=1, verbose=0, callbacks=[CountBatches()])
    # Eight at once in training and in evaluation, and one in training.
    assert len(traces) == 3


def test_evaluation_is_that_of_the_layers_as_they_are_now():
    model = ConvVAE((8, 8, 1), 2, widths=(4,), seed=0)
    model.compile("adam")
    x = np.random.default_rng(0).random((64, 8, 8, 1)).astype("float32")
    model.fit(x, epochs=1, verbose=0)
    before = model.evaluate(x, verbose=0)
    model.decoder.layers[1].quantize("int8")
    after = model.evaluate(x, verbose=0)
    model.compile("adam")
    assert after == pytest.approx(model.evaluate(x, verbose=0)) != pytest.approx(before, rel=1e-7)


def test_the_bar_ends_at_its_end(capsys):
    small().fit(X, batch_size=32, epochs=1, verbose=1)
    shown = capsys.readouterr().out
    assert "14/14" in shown and "16/14" not in shown
    small().fit(X, batch_size=32, epochs=2, verbose=2)
    assert capsys.readouterr().out.count("14/14") == 2
    model = small()
    model.evaluate(X, batch_size=32, verbose=1)
    shown = capsys.readouterr().out
    assert "14/14" in shown and "16/14" not in shown
