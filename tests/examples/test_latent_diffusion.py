"""The example of latent diffusion, small: what it leaves, with classes and without."""

import json
import os
import pathlib
import subprocess
import sys

import keras
import pytest

import keras_genae  # noqa: F401 (registers the classes, so that model files load)

SCRIPT = pathlib.Path(__file__).parents[2] / "examples" / "latent_diffusion.py"
SMALL = ["--dataset", "drawn", "--images", "150", "--image-size", "16", "--widths", "4", "8"]
SMALL += ["--epochs", "2", "--prior-epochs", "1", "--prior-widths", "8", "--samples", "20"]

pytestmark = pytest.mark.slow


def run(folder, *options):
    result = subprocess.run(
        [sys.executable, str(SCRIPT), *SMALL, "--output-dir", str(folder), *options],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    return result.returncode, result.stdout + result.stderr


def test_it_leaves_the_model_its_numbers_and_its_figures(tmp_path):
    code, output = run(tmp_path, "--guidance", "0", "3", "--adversary-start", "5")
    assert code == 0, output
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    for name in ("guidance_0", "guidance_3", "reconstructions"):
        assert metrics[f"frechet_distance_{name}"]["value"] >= 0.0
    # Where an adversary joins in, the last epoch is kept: the loss tells no best.
    assert metrics["kept_epoch"] == {"value": 2, "unit": "epoch, the last"}
    for figure in ("reconstructions", "samples", "classes"):
        assert (tmp_path / f"{figure}.png").exists()
    model = keras.saving.load_model(tmp_path / "model.keras")
    assert model.fitted_prior.classes == ["glasses 0", "glasses 1"]
    assert model.sample(2, label="glasses 1", guidance=2.0).shape == (2, 16, 16, 3)
    # The same model again, another attribute, which is no class.
    code, output = run(tmp_path / "other", "--model", str(tmp_path / "model.keras"))
    assert code == 0 and (tmp_path / "other" / "classes.png").exists(), output
    code, output = run(tmp_path / "age", "--attribute", "age")
    assert code == 1 and "Classes are the values of an attribute" in output
    code, output = run(tmp_path / "unknown", "--attribute", "hat")
    assert code == 1 and "There are no labels of this attribute. Known are: skin_tone" in output
