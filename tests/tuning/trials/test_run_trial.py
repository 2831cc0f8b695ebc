"""One trial: its result, whatever happens to it."""

import json

import keras
import pytest

from keras_genae.tuning.trials import run_trial as module
from keras_genae.tuning.trials.images import load_split
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
    assert "val_elbo_per_dim was nan after epoch 1" in result.reason
    assert not folder.model.exists()
    assert "NaN" not in (folder.path / "epochs.jsonl").read_text()


def test_a_trial_that_crashes(config_with, folder, monkeypatch):
    def crash(*_, **__):
        raise MemoryError("out of\nmemory")

    monkeypatch.setattr(module, "train", crash)
    config = config_with()
    result = run_trial(config, VALUES, folder, load_split(config), never)
    assert (result.status, result.reason) == (FAILED, "MemoryError: out of memory")
    assert "in crash" in (folder.path / "error.txt").read_text()


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


def test_hyperband_goes_on_with_the_trial_before(config_with, tmp_path):
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
