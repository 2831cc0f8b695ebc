"""The first example runs on this backend: callbacks, pipelines, metrics and figures with it."""

import json
import pathlib

import keras
from processes import run_python

from keras_genae import ConvVAE

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples" / "celeba_vae.py"
RUN = """
import runpy, sys
sys.argv = [{path!r}, "--dataset", "drawn", "--images", "200", "--image-size", "16"]
sys.argv += ["--epochs", "2", "--output-dir", {folder!r}]
runpy.run_path({path!r}, run_name="__main__")
"""


def test_faces_are_learnt_measured_and_drawn(tmp_path):
    run_python(RUN.format(path=str(EXAMPLE), folder=str(tmp_path / "run")), keras.backend.backend())
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics and (tmp_path / "run" / "samples.png").exists()
    model = keras.saving.load_model(tmp_path / "run" / "model.keras")
    assert isinstance(model, ConvVAE) and model.sample(2, seed=0).shape == (2, 16, 16, 3)
