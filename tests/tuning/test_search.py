"""Whole searches, in processes of their own."""

import csv
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from keras_genae.tuning import load_config
from keras_genae.tuning.__main__ import main
from keras_genae.tuning.search import run_search
from keras_genae.tuning.workers.chief import free_port

ROOT = pathlib.Path(__file__).parents[2]
FILES = ["trials.csv", "best.yaml", "best.keras", "summary.json"]
FIGURES = ["front.png", "parallel_coordinates.png", "importance.png", "front_reconstructions.png"]
PATIENCE = 240


def start(path, folder, *options, **environment):
    command = [sys.executable, "-m", "keras_genae.tuning", path, "--output-dir", folder, *options]
    return subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def search(path, folder, *options):
    process = start(path, folder, *options)
    out, error = process.communicate(timeout=PATIENCE)
    return process.returncode, out, error


def table(folder):
    with open(folder / "trials.csv", newline="") as file:
        return list(csv.DictReader(file))


def results(folder):
    return {p: p.stat().st_mtime_ns for p in folder.glob("trials/*/result.json")}


def wait_for(condition, process):
    until = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.slow
def test_a_broken_file_ends_at_once_with_its_line(search_file, tmp_path):
    status, _out, error = search(search_file(("random", "best")), tmp_path / "out")
    assert status == 1
    assert "search.yaml:7: `oracle` must be one of random" in error
    assert "Traceback" not in error
    assert not (tmp_path / "out").exists()


def test_another_search_in_the_folder_is_refused(search_file, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    config = load_config(search_file())
    (folder / "settings.json").write_text('{"seed": 7}')
    with pytest.raises(ValueError, match="had other settings"):
        run_search(config, folder)
    with pytest.raises(ValueError, match="already holds a search"):
        run_search(config, folder, resume=False)


def test_a_search_without_data_leaves_the_folder_to_the_next_try(search_file, tmp_path):
    faces = "source: drawn_faces, image_size: 16, images: 200"
    config = load_config(search_file((faces, f"source: idx, path: {tmp_path}/none")))
    with pytest.raises(OSError, match="The folder should hold"):
        run_search(config, tmp_path / "out")
    assert not (tmp_path / "out" / "settings.json").exists()


@pytest.mark.parametrize("name", ["missing.yaml", "folder"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, capsys, name):
    (tmp_path / "folder").mkdir()
    assert main([str(tmp_path / name)]) == 1
    assert f"error: {tmp_path / name}: " in capsys.readouterr().err


@pytest.mark.slow
def test_two_workers_leave_every_file(search_file, tmp_path):
    folder = tmp_path / "out"
    status, out, error = search(search_file(), folder, "--workers", "2", "--max-trials", "4")
    assert status == 0, error
    for name in FILES + FIGURES:
        assert (folder / name).stat().st_size > 0
    assert not list(folder.glob(".*-*"))
    assert "4/4 trials" in out and "<- recommended" in out and "latents" in out
    rows = table(folder)
    assert [row["status"] for row in rows] == ["completed"] * 4
    summary = json.loads((folder / "summary.json").read_text())
    best = summary["recommended"]
    model = keras.saving.load_model(folder / "best.keras")
    assert model.latent_dim == best["values"]["latent_dim"]
    # The plain config trains the same model again.
    plain = load_config(folder / "best.yaml")
    assert plain.space == ()
    again = run_search(plain, tmp_path / "again", say=lambda line: None)
    assert len(again["front"]) == 1
    for name in ("val_elbo_per_dim", "parameters"):
        found = again["recommended"]["measures"][name]
        assert found == pytest.approx(best["measures"][name], rel=1e-4)


SEARCHES = {
    "labels": (
        "model: {class: ConditionalVAE, classes: [a, b, c]}",
        "data: {source: table, path: PATH, examples: 200}",
    ),
    "counts": (
        "model: {class: VAE, likelihood: negative_binomial}",
        "data: {source: drawn_counts, examples: 200}",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", SEARCHES)
def test_searches_over_vectors_labels_and_counts(search_file, tmp_path, kind):
    rng = np.random.default_rng(0)
    y = np.array(["a", "b", "c"])[rng.integers(3, size=240)]
    np.savez(tmp_path / "table.npz", x=rng.normal(size=(240, 7)), y=y)
    model, data = (text.replace("PATH", f"{tmp_path}/table.npz") for text in SEARCHES[kind])
    path = search_file(
        ("model: {class: ConvVAE}", model),
        ("data: {source: drawn_faces, image_size: 16, images: 200}", data),
        ("epochs: 2", "epochs: 1"),
    )
    status, out, error = search(path, tmp_path / "out", "--max-trials", "2")
    assert status == 0, error
    assert [row["status"] for row in table(tmp_path / "out")] == ["completed"] * 2
    assert "front_reconstructions" not in out  # Vectors are no pictures.
    assert not (tmp_path / "out" / "front_reconstructions.png").exists()
    best = keras.saving.load_model(tmp_path / "out" / "best.keras")
    assert best.input_shape == ((7,) if kind == "labels" else (100,))
    assert load_config(tmp_path / "out" / "best.yaml").data == load_config(path).data


@pytest.mark.slow
def test_killed_chiefs_lose_and_repeat_nothing(search_file, tmp_path):
    folder, path = tmp_path / "out", search_file(("random", "nsga2"))
    kept = {}
    for wanted in (1, 3):
        process = start(path, folder, "--workers", "2")
        wait_for(lambda wanted=wanted: len(results(folder)) >= wanted, process)
        process.kill()
        process.communicate()
        time.sleep(1.0)
        now = results(folder)
        assert kept.items() <= now.items()
        kept = now
    status, out, error = search(path, folder, "--workers", "2")
    assert status == 0, error
    assert "Going on after" in out
    assert kept.items() <= results(folder).items()
    assert [row["status"] for row in table(folder)] == ["completed"] * 5
    # Once more: nothing is trained.
    before = results(folder)
    assert search(path, folder)[0] == 0
    assert results(folder) == before


@pytest.mark.slow
def test_a_killed_worker_is_one_failed_trial(search_file, tmp_path):
    folder = tmp_path / "out"
    process = start(search_file(), folder, "--workers", "2")
    mark = folder / "workers" / "worker1.trial"
    wait_for(mark.exists, process)
    os.kill(child_named("worker1", process.pid), signal.SIGKILL)
    _out, error = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, error
    rows = table(folder)
    assert sorted(row["status"] for row in rows) == ["completed"] * 4 + ["failed"]
    assert "SIGKILL" in next(row["reason"] for row in rows if row["status"] == "failed")


def child_named(name, parent):
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            is_child = path.joinpath("stat").read_text().split(") ")[1].split()[1] == str(parent)
            environment = path.joinpath("environ").read_bytes().split(b"\0")
        except (OSError, IndexError):
            continue
        if is_child and f"KERASTUNER_TUNER_ID={name}".encode() in environment:
            return int(path.name)
    raise AssertionError(f"no child {name}")


@pytest.mark.slow
def test_nothing_to_recommend_is_said_and_shown(search_file, tmp_path):
    folder = tmp_path / "out"
    path = search_file(("batch_size: 32", "learning_rate: 1e30"))
    status, _out, error = search(path, folder, "--max-trials", "4")
    assert status == 1
    assert (
        "There is nothing to recommend: 4 of 4 trials ended with: diverged: val_elbo_per_dim"
        in error
    )
    assert [row["status"] for row in table(folder)] == ["failed"] * 4
    assert not (folder / "best.keras").exists()


@pytest.mark.slow
def test_a_cluster_on_the_loopback_interface(search_file, tmp_path):
    folder, path = tmp_path / "out", search_file()
    address = {"KERASTUNER_ORACLE_IP": "127.0.0.1", "KERASTUNER_ORACLE_PORT": str(free_port())}
    chief = start(path, folder, KERASTUNER_TUNER_ID="chief", **address)
    tuners = [start(path, folder, KERASTUNER_TUNER_ID=f"tuner{i}", **address) for i in range(2)]
    out, error = chief.communicate(timeout=PATIENCE)
    assert chief.returncode == 0, error
    assert "5/5 trials" in out
    for tuner in tuners:
        tuner.communicate(timeout=60)
        assert tuner.returncode == 0
    assert [row["status"] for row in table(folder)] == ["completed"] * 5
    logs = [folder / "workers" / f"tuner{i}.trial" for i in range(2)]
    assert all(log.exists() for log in logs)
