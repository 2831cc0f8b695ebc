"""On another backend the package works where there is no TensorFlow."""

import keras
from processes import run_python

USE_A_MODEL = """
import sys
sys.modules["tensorflow"] = None  # From here on an import of it fails.
import numpy as np
import keras
import keras_genae as genae
x = np.random.default_rng(0).random((8, 8, 8, 1)).astype("float32")
model = genae.ConvVAE((8, 8, 1), latent_dim=2, widths=(4,), seed=0)
model.fit_prior(x, "gaussian")
model.save("model.keras")
again = keras.saving.load_model("model.keras")
assert np.array_equal(again.reconstruct(x), model.reconstruct(x))
assert np.array_equal(again.sample(2, seed=0), model.sample(2, seed=0))
again.compile("adam")
print(again.fit(x, verbose=0).history["loss"])
"""


def test_a_model_is_made_trained_saved_and_loaded_without_tensorflow(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert float(run_python(USE_A_MODEL, keras.backend.backend()).strip("[]\n")) > 0.0
