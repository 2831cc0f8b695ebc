"""One trial: its result, whatever happens to it."""

import json
import re

import keras
import numpy as np
import pytest

from keras_genae.tuning.trials import hypermodel
from keras_genae.tuning.trials import run_trial as module
from keras_genae.tuning.trials.examples import load_split
from keras_genae.tuning.trials.run_trial import run_trial
from keras_genae.tuning.trials.trial_folder import (
    COMPLETED,
    FAILED,
    PRUNED,
    TrialFolder,
    TrialResult,
)

VALUES = {"latent_dim": 3, "widths": "8"}


def never(epoch, values):
    return False


@pytest.fixture
def folder(tmp_path):
    return TrialFolder(tmp_path / "trial_0")


def test_a_trial_that_completes(config_with, folder):
    config = config_with()
    images = load_split(config)
    heard = []
    result = run_trial(config, VALUES, folder, images, lambda *epoch: heard.append(epoch))
    assert (result.status, result.epochs) == (COMPLETED, 2)
    assert folder.result() == result
    assert [epoch for epoch, _ in heard] == [1, 2]
    assert heard[1][1]["val_elbo_per_dim"] == pytest.approx(result.measures["val_elbo_per_dim"])
    assert heard[0][1]["parameters"] == result.measures["parameters"]
    assert [entry["epoch"] for entry in folder.epochs()] == [1, 2]
    # The numbers are those of the model that is kept.
    model = keras.saving.load_model(folder.model)
    assert model.latent_dim == 3
    logs = model.evaluate(images[1], batch_size=128, verbose=0, return_dict=True)
    elbo = -(logs["reconstruction_loss"] + logs["kl_loss"]) / 768
    assert elbo == pytest.approx(result.measures["val_elbo_per_dim"], abs=0.02)


def test_a_trial_that_is_pruned(config_with, folder):
    config = config_with(("epochs: 2", "epochs: 9"))
    result = run_trial(config, VALUES, folder, load_split(config), lambda epoch, _: epoch == 2)
    assert (result.status, result.epochs) == (PRUNED, 2)
    assert "after epoch 2 of 9" in result.reason
    assert result.saved_seconds > 0
    assert not folder.model.exists()


def test_a_trial_that_diverges(config_with, folder):
    config = config_with(("epochs: 2", "epochs: 9, learning_rate: 1e30"))
    result = run_trial(config, VALUES, folder, load_split(config), never)
    assert result.status == FAILED
    assert result.reason == "diverged: val_elbo_per_dim was nan after epoch 1"
    assert not folder.model.exists()
    assert "NaN" not in (folder.path / "epochs.jsonl").read_text()


def test_a_trial_that_crashes(config_with, folder, monkeypatch):
    def crash(*_, **__):
        raise MemoryError("out of\nmemory")

    monkeypatch.setattr(module.Training, "fit", crash)
    config = config_with()
    result = run_trial(config, VALUES, folder, load_split(config), never)
    assert (result.status, result.reason) == (FAILED, "MemoryError: out of memory")
    assert "in crash" in (folder.path / "error.txt").read_text()


@pytest.mark.slow
def test_an_interrupted_trial_goes_on_where_it_was(config_with, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    config = config_with(("epochs: 2", "epochs: 4"))
    images = load_split(config)

    def interrupt(epoch, values):
        if epoch == 3:
            raise KeyboardInterrupt  # Goes through, like a kill.

    with pytest.raises(KeyboardInterrupt):
        run_trial(config, VALUES, folder, images, interrupt)
    assert folder.result() is None
    heard = []
    resumed = run_trial(config, VALUES, folder, images, lambda *epoch: heard.append(epoch[0]))
    assert heard == [3, 4]
    assert [entry["epoch"] for entry in folder.epochs()] == [1, 2, 3, 4]
    unbroken = run_trial(config, VALUES, TrialFolder(tmp_path / "trial_1"), images, never)
    assert resumed.measures["val_mse"] == pytest.approx(unbroken.measures["val_mse"], rel=1e-5)


class Scripted(keras.callbacks.Callback):
    """Overwrite the quality of each epoch, to decide which is best."""

    values = {}

    def on_epoch_end(self, epoch, logs=None):
        logs["val_elbo_per_dim"] = self.values[epoch + 1]


def scripted(monkeypatch, *values):
    """Make trials believe these qualities, from epoch 1 on."""
    callback = Scripted()
    callback.values = dict(enumerate(values, 1))
    monkeypatch.setattr("keras_genae.tuning.trials.train.Qualities", lambda *_: callback)


def at_a_constant_rate(monkeypatch):
    """Trials of two and of four epochs take the same first steps; along a schedule they do not."""

    def adam(model, learning_rate):
        return keras.optimizers.Adam(learning_rate)

    monkeypatch.setattr(hypermodel, "default_optimizer", adam)


@pytest.mark.slow
def test_the_best_epoch_is_kept_measured_and_told(config_with, folder, tmp_path, monkeypatch):
    config = config_with(("epochs: 2", "epochs: 4"))
    images = load_split(config)
    at_a_constant_rate(monkeypatch)
    scripted(monkeypatch, 0.1, 0.7, 0.2, 0.3)
    result = run_trial(config, VALUES, folder, images, never)
    assert (result.status, result.epochs, result.best_epoch) == (COMPLETED, 4, 2)
    assert result.remark == "kept epoch 2 of 4: val_elbo_per_dim 0.7 there, 0.3 at the end"
    assert not folder.best.exists()
    # The model and the numbers are those of a trial of two epochs.
    short = TrialFolder(tmp_path / "short")
    monkeypatch.undo()
    at_a_constant_rate(monkeypatch)
    expected = run_trial(config_with(), VALUES, short, images, never)
    assert (expected.best_epoch, expected.remark) == (2, "")
    for name in ("val_mse", "val_elbo_per_dim"):
        assert result.measures[name] == pytest.approx(expected.measures[name], rel=1e-5)
    kept, wanted = (keras.saving.load_model(f.model).get_weights() for f in (folder, short))
    for weight, other in zip(kept, wanted, strict=True):
        np.testing.assert_allclose(weight, other, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("killed_at", [3, 4])
def test_a_killed_trial_remembers_its_best_epoch(config_with, folder, monkeypatch, killed_at):
    monkeypatch.setattr(module, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    config = config_with(("epochs: 2", "epochs: 4"))
    images = load_split(config)
    scripted(monkeypatch, 0.1, 0.7, 0.2, 0.3)

    def interrupt(epoch, values):
        if epoch == killed_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_trial(config, VALUES, folder, images, interrupt)
    assert folder.best.exists()
    result = run_trial(config, VALUES, folder, images, never)
    assert (result.epochs, result.best_epoch) == (4, 2)
    assert "0.7 there, 0.3 at the end" in result.remark


@pytest.mark.slow
def test_a_trial_that_is_worse_than_untrained_has_diverged(config_with, folder):
    # Finite throughout, and far off: no NaN tells.
    config = config_with(
        ("epochs: 2", "epochs: 6, learning_rate: 0.3"), ("ConvVAE}", "ConvVAE, likelihood: sigma}")
    )
    result = run_trial(config, VALUES, folder, load_split(config), never)
    assert result.status == FAILED
    assert re.match(r"diverged: the loss was \S+ after epoch \d, that of the", result.reason)
    assert result.epochs < 6
    assert not folder.model.exists()


@pytest.mark.slow
def test_hyperband_goes_on_with_the_trial_before(config_with, tmp_path, monkeypatch):
    at_a_constant_rate(monkeypatch)
    config = config_with(("oracle: random", "oracle: hyperband"), ("epochs: 2", "epochs: 4"))
    images = load_split(config)
    folders = {name: TrialFolder(tmp_path / name) for name in ("a", "b", "whole")}
    first = {**VALUES, "tuner/epochs": 2, "tuner/initial_epoch": 0}
    second = {**VALUES, "tuner/epochs": 4, "tuner/initial_epoch": 2, "tuner/trial_id": "a"}
    assert run_trial(config, first, folders["a"], images, never).epochs == 2
    result = run_trial(config, second, folders["b"], images, never, folders.get)
    assert [entry["epoch"] for entry in folders["b"].epochs()] == [3, 4]
    whole = run_trial(config, VALUES, folders["whole"], images, never)
    assert result.measures["val_mse"] == pytest.approx(whole.measures["val_mse"], rel=1e-5)


def test_a_half_written_line_is_left_out(folder):
    folder.add_epoch(1, {"val_mse": 0.5})
    with open(folder.path / "epochs.jsonl", "a") as file:
        file.write('{"epoch": 2, "val_m')
    assert folder.epochs() == [{"epoch": 1, "val_mse": 0.5}]


def test_the_first_result_stands(folder):
    folder.finish(TrialResult(COMPLETED, measures={"val_mse": 0.5}))
    folder.finish(TrialResult(FAILED, "too late"))
    assert folder.result().status == COMPLETED
    assert json.loads((folder.path / "result.json").read_text())["measures"] == {"val_mse": 0.5}
