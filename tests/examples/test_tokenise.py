"""The tokeniser's example, small: what it leaves behind."""

import json
import os
import pathlib
import subprocess
import sys

import keras
import pytest

import keras_genae

SCRIPT = pathlib.Path(__file__).parents[2] / "examples" / "tokenise.py"
SMALL = [
    *("--dataset", "drawn", "--images", "300", "--image-size", "16", "--epochs", "1"),
    *("--widths", "8", "8", "--levels", "3", "3"),
    *("--prior-epochs", "1", "--prior-width", "16", "--prior-depth", "1"),
]

pytestmark = pytest.mark.slow


def run(folder, *options):
    result = subprocess.run(
        [sys.executable, str(SCRIPT), *SMALL, "--output-dir", str(folder), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    return result.returncode, result.stdout


def test_it_leaves_a_model_that_samples_classes_and_says_how_well_it_foretells(tmp_path):
    code, output = run(tmp_path, "--top-k", "5")
    assert code == 0, output
    assert "nats per code held out, unigram" in output
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["codes"]["value"] == 16 and "one of 9" in metrics["codes"]["unit"]
    assert 0.0 < metrics["codebook_usage"]["value"] <= 1.0
    assert 1.0 <= metrics["perplexity"]["value"] <= 9.0
    model = keras.saving.load_model(tmp_path / "model.keras")
    prior = model.fitted_prior
    assert metrics["nats_per_code"]["value"] == pytest.approx(prior.nats_per_code)
    names = ["none", "beard", "glasses", "glasses + beard"]
    assert set(prior.condition.names) == set(names)
    for name in names:
        assert model.sample(2, seed=0, label=name, top_k=5).shape == (2, 16, 16, 3)
    for figure in ("reconstructions", "samples", "samples_of_classes", "training_curves"):
        assert (tmp_path / f"{figure}.png").exists()


def test_what_cannot_be_is_told(tmp_path):
    code, output = run(tmp_path, "--classes", "hat")
    assert code != 0 and "--classes must be of the attributes that are known: " in output
    model = keras_genae.Autoencoder((8, 8, 3), latent_dim=2, network="mlp", widths=(4,))
    model.save(tmp_path / "other.keras")
    code, output = run(tmp_path / "run", "--model", str(tmp_path / "other.keras"))
    assert code != 0 and "--model must make a map of indices" in output
