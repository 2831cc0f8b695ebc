"""The face example, killed and resumed as a person's machine would do it."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

import keras_genae  # noqa: F401 (registers the classes, so that model files load)

SCRIPT = pathlib.Path(__file__).parents[2] / "examples" / "celeba_vae.py"
SMALL = ["--images", "600", "--image-size", "16", "--latent-dim", "4", "--widths", "8", "16"]

pytestmark = pytest.mark.slow


def start(folder, *options):
    command = [sys.executable, str(SCRIPT), "--dataset", "drawn", *SMALL, "--epochs", "6"]
    return subprocess.Popen(
        [*command, "--output-dir", str(folder), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )


def finish(process):
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    return output


def wait_for(path, pattern, process):
    while not list(path.glob(pattern)) and process.poll() is None:
        time.sleep(0.02)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unbroken")
    finish(start(folder))
    return folder


def names(folder):
    return sorted(os.listdir(folder))


def weights(folder):
    return keras.saving.load_model(folder / "model.keras").get_weights()


@pytest.mark.parametrize("epoch", [1, 4])
def test_a_killed_and_resumed_run_ends_with_the_weights_of_an_unbroken_one(
    unbroken, tmp_path, epoch
):
    process = start(tmp_path)
    wait_for(tmp_path / "checkpoint", f"epoch-{epoch:06d}*", process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (tmp_path / "model.keras").exists()
    assert "Resuming after epoch" in finish(start(tmp_path, "--resume"))
    for ours, theirs in zip(weights(tmp_path), weights(unbroken), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    # What the killed run was writing is gone; the last epoch and the best are there.
    assert names(tmp_path / "checkpoint") == names(unbroken / "checkpoint")
    history = (unbroken / "checkpoint" / "history.json").read_text()
    assert (tmp_path / "checkpoint" / "history.json").read_text() == history


def test_a_run_killed_while_it_draws_its_faces_starts_anew(unbroken, tmp_path):
    process = start(tmp_path)
    wait_for(tmp_path, "settings.json", process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    finish(start(tmp_path, "--resume"))
    for ours, theirs in zip(weights(tmp_path), weights(unbroken), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_finished_run_is_not_overwritten(unbroken):
    before = (unbroken / "model.keras").stat().st_mtime_ns
    process = start(unbroken)
    output, _ = process.communicate()
    assert process.returncode == 1
    assert "already holds a run" in output
    assert (unbroken / "model.keras").stat().st_mtime_ns == before


def test_a_run_is_not_resumed_with_other_settings(unbroken):
    process = start(unbroken, "--resume", "--latent-dim", "5")
    output, _ = process.communicate()
    assert process.returncode == 1
    assert "latent_dim was 4 and is 5" in output


def test_two_runs_do_not_share_a_folder(tmp_path):
    first = start(tmp_path)
    wait_for(tmp_path, "settings.json", first)
    second = start(tmp_path, "--resume")
    output, _ = second.communicate()
    assert second.returncode == 1
    assert "Another run is writing" in output
    finish(first)
