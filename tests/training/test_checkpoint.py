import json

import keras
import numpy as np
import pytest
from cases import slow

from keras_genae import VAE, Autoencoder
from keras_genae.training import Checkpoint, KLAnnealing

X = np.random.default_rng(0).normal(size=(32, 8)).astype("float32")


def model_of(model_class=VAE, optimizer=None, eager=True, **arguments):
    """A model of a few numbers, whose few steps are not worth tracing."""
    model = model_class((8,), **{"latent_dim": 2, "widths": (8,), "seed": 0, **arguments})
    model.compile(optimizer=optimizer or keras.optimizers.Adam(0.01), run_eagerly=eager)
    return model


def train(folder, epochs, callbacks=(), keep_best=None, fit=None, **arguments):
    """Resume where the folder stands, up to a number of epochs."""
    model, checkpoint = model_of(**arguments), Checkpoint(folder, keep_best)
    first = checkpoint.restore(model)
    options = {"batch_size": 8, "shuffle": False, "verbose": 0, **(fit or {})}
    model.fit(
        X,
        initial_epoch=first,
        epochs=epochs,
        validation_data=(X,),
        callbacks=[*callbacks, checkpoint],
        **options,
    )
    return model, checkpoint


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("dtype", "eager"),
    [("float32", True), slow("mixed_float16", False), slow("float32", False)],
)
def test_a_resumed_run_equals_an_unbroken_one_bit_for_bit(dtype, eager, tmp_path):
    # The weights a model starts from come from Keras's global generator.
    keras.utils.set_random_seed(0)
    whole, whole_log = train(tmp_path / "whole", 4, [KLAnnealing(4)], dtype=dtype, eager=eager)
    keras.utils.set_random_seed(0)
    train(tmp_path / "broken", 2, [KLAnnealing(4)], dtype=dtype, eager=eager)
    # Other weights and noise to start from: all that counts comes from the folder.
    resumed, log = train(tmp_path / "broken", 4, [KLAnnealing(4)], dtype=dtype, eager=eager, seed=9)
    for a, b in zip(resumed.variables, whole.variables, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(resumed.optimizer.variables, whole.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(resumed.noise.state, whole.noise.state)
    assert log.history == whole_log.history
    assert set(log.history) >= {"loss", "kl_loss", "val_loss", "val_kl_loss", "beta"}
    assert all(len(values) == 4 for values in log.history.values())


def test_the_folder_holds_the_last_state_and_all_logs(tmp_path):
    _, checkpoint = train(tmp_path, 3)
    assert names(tmp_path) == ["epoch-000003.weights.h5", "history.json"]
    assert json.loads((tmp_path / "history.json").read_text()) == checkpoint.history


def test_an_empty_or_missing_folder_starts_from_the_beginning(tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        checkpoint = Checkpoint(folder)
        assert checkpoint.restore(model_of()) == 0 and checkpoint.history == {}


def test_a_run_killed_while_writing_resumes_from_the_last_whole_epoch(tmp_path):
    train(tmp_path, 2)
    # What a killed process leaves: a hidden half of the next state, beside logs that are ahead.
    (tmp_path / ".epoch-000003-abc.weights.h5").write_bytes(b"half a file")
    history = json.loads((tmp_path / "history.json").read_text())
    ahead = {name: [*values, 123.0] for name, values in history.items()}
    (tmp_path / "history.json").write_text(json.dumps(ahead))
    checkpoint = Checkpoint(tmp_path)
    assert checkpoint.restore(model_of()) == 2
    assert checkpoint.history == history


@pytest.mark.slow
def test_a_run_killed_before_the_old_state_was_removed_takes_the_newer(tmp_path):
    train(tmp_path, 1)
    old = (tmp_path / "epoch-000001.weights.h5").read_bytes()
    trained, _ = train(tmp_path, 2)
    (tmp_path / "epoch-000001.weights.h5").write_bytes(old)
    model = model_of()
    assert Checkpoint(tmp_path).restore(model) == 2
    np.testing.assert_array_equal(model.reconstruct(X), trained.reconstruct(X))
    train(tmp_path, 3)
    assert names(tmp_path) == ["epoch-000003.weights.h5", "history.json"]


@pytest.mark.parametrize(
    ("model_class", "arguments"),
    [
        (VAE, {"latent_dim": 3}),
        slow(VAE, {"widths": (9,)}),
        slow(VAE, {"widths": (8, 8)}),
        (Autoencoder, {}),
        (VAE, {"optimizer": keras.optimizers.SGD()}),
    ],
)
def test_the_state_of_another_model_is_an_error(model_class, arguments, tmp_path):
    train(tmp_path, 1)
    with pytest.raises(ValueError, match="made by a model of other sizes or options"):
        Checkpoint(tmp_path).restore(model_of(model_class, **arguments))


def test_fewer_layers_than_were_saved_are_an_error_too(tmp_path):
    train(tmp_path, 1, widths=(8, 8))
    with pytest.raises(ValueError, match="made by a model of other sizes or options"):
        Checkpoint(tmp_path).restore(model_of(widths=(8,)))


def test_a_new_run_in_a_used_folder_is_stopped_before_it_mixes_with_the_old_one(tmp_path):
    # Without `restore` the new run counts from epoch 1, and its state would be passed over for the
    # old one's, which has the higher number.
    train(tmp_path, 2)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ValueError, match="restore"):
        model_of().fit(X, epochs=1, verbose=0, callbacks=[Checkpoint(tmp_path)])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


class Loss(keras.callbacks.Callback):
    """Log what a list says, under a name."""

    def __init__(self, values, name="judge"):
        super().__init__()
        self.values = values
        self.name = name

    def on_epoch_end(self, epoch, logs=None):
        if self.values[epoch] is not None:
            logs[self.name] = self.values[epoch]


class Weights(keras.callbacks.Callback):
    """Remember the weights after each epoch."""

    def on_train_begin(self, logs=None):
        self.epochs = []

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(self.model.get_weights())


def assert_same(a, b):
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("values", "best"),
    [
        ([3.0, 1.0, 2.0, 2.5], 2),
        slow([4.0, 3.0, 2.0, 1.0], 4),
        slow([1.0, 1.0, 1.0, 1.0], 1),
        ([float("nan"), float("-inf"), 5.0, float("inf")], 3),
        ([-5022.0, -3841.0, float("nan"), -4000.0], 1),
    ],
)
def test_the_best_epoch_is_kept_beside_the_last(values, best, tmp_path):
    weights = Weights()
    model, checkpoint = train(tmp_path, 4, [Loss(values), weights], keep_best="judge")
    assert checkpoint.best_epoch == best
    assert_same(model.get_weights(), weights.epochs[best - 1])
    kept = sorted({best, 4})
    assert names(tmp_path) == [f"epoch-{n:06d}.weights.h5" for n in kept] + ["history.json"]
    # A run goes on from the last epoch, not from the best.
    resumed = model_of()
    assert Checkpoint(tmp_path, "judge").restore(resumed) == 4
    assert_same(resumed.get_weights(), weights.epochs[-1])


def test_losses_are_compared_between_epochs_of_one_objective(tmp_path):
    # A small beta makes a small loss, and no better model.
    values = [1.0, 4.0, 2.0, 3.0]
    callbacks = [KLAnnealing(epochs=1, start=0.1), Loss(values, "val_loss")]
    weights = Weights()
    model, checkpoint = train(tmp_path, 4, [*callbacks, weights], keep_best="val_loss")
    assert checkpoint.history["beta"] == [0.1, 1.0, 1.0, 1.0]
    assert checkpoint.best_epoch == 3
    assert_same(model.get_weights(), weights.epochs[2])
    again = Checkpoint(tmp_path, "val_loss")
    assert again.restore(model_of()) == 4 and again.best_epoch == 3
    # What is no loss is not weighted by it.
    assert Checkpoint(tmp_path, "judge").best_epoch is None


def test_without_a_finite_value_the_model_stays_that_of_the_last_epoch(tmp_path):
    weights = Weights()
    model, checkpoint = train(tmp_path, 2, [Loss([float("nan")] * 2), weights], keep_best="judge")
    assert checkpoint.best_epoch is None and checkpoint.restore_best(model) is None
    assert_same(model.get_weights(), weights.epochs[-1])


@pytest.mark.slow
@pytest.mark.parametrize("stop", [1, 2])
def test_a_resumed_run_keeps_the_same_best_epoch_and_goes_on_bit_for_bit(stop, tmp_path):
    judge = Loss([3.0, 1.0, 2.0])
    keras.utils.set_random_seed(0)
    whole, _ = train(tmp_path / "whole", 3, [judge], keep_best="judge")
    keras.utils.set_random_seed(0)
    train(tmp_path / "broken", stop, [judge], keep_best="judge")
    resumed, checkpoint = train(tmp_path / "broken", 3, [judge], keep_best="judge", seed=9)
    assert checkpoint.best_epoch == 2
    assert_same(resumed.get_weights(), whole.get_weights())
    assert names(tmp_path / "broken") == names(tmp_path / "whole")


def test_a_run_killed_between_best_and_next_loses_neither(tmp_path):
    values = [1.0, 2.0, 0.5]
    train(tmp_path, 2, [Loss(values)], keep_best="judge")
    # Killed when the logs of the third epoch, the best, were written and its state was not.
    history = json.loads((tmp_path / "history.json").read_text())
    ahead = {name: [*of, 0.5] for name, of in history.items()}
    (tmp_path / "history.json").write_text(json.dumps(ahead))
    checkpoint = Checkpoint(tmp_path, "judge")
    assert checkpoint.restore(model_of()) == 2 and checkpoint.best_epoch == 1


def test_a_name_that_is_not_logged_is_told_after_the_first_epoch(tmp_path):
    with pytest.raises(ValueError, match=r"one of the logs: .*val_loss.*keep_best='val_score'"):
        train(tmp_path, 3, keep_best="val_score")
    assert list(tmp_path.iterdir()) == []


def test_what_is_logged_now_and_then_stands_at_its_epochs(tmp_path):
    values = [2.0, None, 1.0, None]
    _, checkpoint = train(tmp_path, 4, [Loss(values), Loss([None, 7.0, None, 8.0], "late")])
    assert checkpoint.history["judge"] == values
    assert checkpoint.history["late"] == [None, 7.0, None, 8.0]
    other = Checkpoint(tmp_path)
    other.restore(model_of())
    assert other.history == checkpoint.history


@pytest.mark.slow
def test_of_a_run_that_learns_by_heart_the_best_epoch_is_kept(tmp_path):
    rng = np.random.default_rng(1)
    # Noise: what is learnt of the one half is nothing about the other.
    x, validation = rng.normal(size=(2, 40, 8)).astype("float32")
    model = Autoencoder((8,), latent_dim=8, widths=(64,), likelihood="sigma", seed=0)
    model.compile(keras.optimizers.Adam(0.03))
    checkpoint = Checkpoint(tmp_path, keep_best="val_loss")
    history = model.fit(
        x, epochs=18, verbose=0, validation_data=(validation,), callbacks=[checkpoint]
    ).history["val_loss"]
    best = int(np.argmin(history)) + 1
    assert checkpoint.best_epoch == best < 18 and history[-1] > history[best - 1] + 1.0
    kept = model.evaluate(validation, verbose=0, return_dict=True)["loss"]
    assert kept == pytest.approx(history[best - 1], rel=0.05)
