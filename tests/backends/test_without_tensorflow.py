"""On another backend nothing imports TensorFlow, though it is installed."""

import keras
from processes import run_python

USE_A_MODEL = """
import sys
import numpy as np
import keras
import keras_genae as genae
print("tensorflow" in sys.modules)
model = genae.ConvVAE((8, 8, 1), latent_dim=2, widths=(4,), seed=0)
x = np.zeros((3, 8, 8, 1), "float32")
model.fit_prior(np.random.default_rng(0).random((8, 8, 8, 1)).astype("float32"), "gaussian")
model.save("model.keras")
again = keras.saving.load_model("model.keras")
assert np.array_equal(again.reconstruct(x), model.reconstruct(x))
assert np.array_equal(again.sample(2, seed=0), model.sample(2, seed=0))
again.compile("adam")
try:
    again.fit(x, verbose=0)
except NotImplementedError as error:
    print(error)
print("tensorflow" in sys.modules)
"""


def test_the_package_is_imported_and_used_without_tensorflow(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    at_import, message, after_use = run_python(USE_A_MODEL, keras.backend.backend()).splitlines()
    assert at_import == "False"
    assert "keras_genae trains on the TensorFlow backend so far" in message
    assert after_use == "False"
