"""What Keras promises of any model holds for these."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from zoo import build, compiled, examples, same, weights_of

NAME = "ConvVAE sigma"
X = examples((12, 12, 3), 32)


def fit(data=(X,), model=None, compile_with=None, **options):
    model = model or compiled(build(NAME), **(compile_with or {}))
    options = {"batch_size": 8, "epochs": 2, "shuffle": False, "verbose": 0, **options}
    return model, model.fit(*data, **options).history


@pytest.fixture(scope="module")
def reference():
    """Two epochs as they should be."""
    return fit()


def test_a_seed_repeats_a_training_bit_for_bit(reference):
    model, history = fit()
    assert history == reference[1]
    assert same(weights_of(model), weights_of(reference[0]))


@pytest.mark.parametrize("y", [np.arange(32), np.eye(32), np.arange(32)[:, None].astype("float32")])
def test_labels_are_ignored(y, reference):
    assert fit((X, y))[1] == reference[1]


def test_the_data_as_their_own_target_change_nothing(reference):
    assert fit((X, X))[1] == reference[1]


@pytest.mark.parametrize("kind", ["x", "labelled", "bytes"])
def test_datasets_train_like_arrays(kind, reference):
    pixels = np.round(X * 255).astype("uint8")
    elements = {"x": X, "labelled": (X, np.arange(32)), "bytes": pixels}[kind]
    dataset = tf.data.Dataset.from_tensor_slices(elements).batch(8)
    _, history = fit((dataset,), batch_size=None)
    # Bytes have been rounded to a 255th.
    rtol = 1e-2 if kind == "bytes" else 1e-5
    np.testing.assert_allclose(history["loss"], reference[1]["loss"], rtol=rtol)


def test_a_keras_dataset_trains_like_an_array(reference):
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            return X[8 * index : 8 * index + 8], np.arange(8)

    _, history = fit((Batches(),), batch_size=None)
    np.testing.assert_allclose(history["loss"], reference[1]["loss"], rtol=1e-5)


def test_several_steps_an_execution_are_the_same_steps(reference):
    _, history = fit(compile_with={"steps_per_execution": 2})
    np.testing.assert_allclose(history["loss"], reference[1]["loss"], rtol=1e-5)


def test_eager_training_is_graph_training(reference):
    _, history = fit(compile_with={"run_eagerly": True})
    np.testing.assert_allclose(history["loss"], reference[1]["loss"], rtol=1e-4)


def test_training_batch_by_batch_is_fit(reference):
    model = compiled(build(NAME))
    for epoch in range(2):
        losses = [
            model.train_on_batch(X[i : i + 8], return_dict=True)["loss"] for i in range(0, 32, 8)
        ]
        # `fit` logs the mean over the epoch, `train_on_batch` each batch.
        assert np.mean(losses) == pytest.approx(reference[1]["loss"][epoch], rel=1e-5)
    tested = model.test_on_batch(X[:8], return_dict=True)
    assert set(tested) == {"loss", "reconstruction_loss", "kl_loss"}


def test_summary_names_the_networks(capsys):
    build(NAME).summary()
    printed = capsys.readouterr().out
    assert "encoder" in printed and "decoder" in printed


def test_a_model_is_built_from_the_start():
    model = build(NAME)
    assert model.built and model.count_params() > 0
    trainable = sum(int(np.prod(w.shape)) for w in model.trainable_weights)
    assert trainable == model.encoder.count_params() + model.decoder.count_params()


def test_early_stopping_and_model_checkpoint_watch_every_term(tmp_path):
    model = compiled(build(NAME), keras.optimizers.SGD(0.0))
    model.encoder.trainable = False  # Or the prior would follow its codes.
    callbacks = [
        keras.callbacks.EarlyStopping("val_kl_loss", mode="min", patience=1),
        keras.callbacks.ModelCheckpoint(
            tmp_path / "best.keras", "val_reconstruction_loss", save_best_only=True, mode="min"
        ),
    ]
    _, history = fit(model=model, epochs=9, validation_data=(X, X), callbacks=callbacks)
    # Nothing learns, so the second epoch is no better than the first.
    assert len(history["loss"]) == 2
    best = keras.saving.load_model(tmp_path / "best.keras")
    np.testing.assert_array_equal(best.reconstruct(X), model.reconstruct(X))


class Stop(keras.callbacks.Callback):
    """A crash after the first epoch."""

    def on_epoch_end(self, epoch, logs=None):
        raise KeyboardInterrupt


def test_backup_and_restore_resumes_as_if_nothing_had_happened(tmp_path, reference):
    backup = tmp_path / "backup"
    with pytest.raises(KeyboardInterrupt):
        fit(callbacks=[keras.callbacks.BackupAndRestore(backup), Stop()])
    model, history = fit(callbacks=[keras.callbacks.BackupAndRestore(backup)])
    assert history["loss"] == reference[1]["loss"][1:]
    assert same(weights_of(model), weights_of(reference[0]))
