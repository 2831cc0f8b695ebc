"""What models compute on a backend other than TensorFlow: `make test-backends`."""

import pathlib
import sys

import keras
import numpy as np
import pytest
from processes import run_python

# The table of the zoo, which the tests of models share.
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "models"))

# `make test` runs on TensorFlow, which all this is compared with.
collect_ignore_glob = ["test_*.py"] if keras.backend.backend() == "tensorflow" else []


@pytest.fixture(scope="session")
def on_tensorflow(tmp_path_factory):
    """Name of a model → what it computes there, what training makes of it, and its weights."""
    from zoo import CONFIGS

    path = tmp_path_factory.mktemp("tensorflow") / "computed.npz"
    run_python(f"import computed; computed.main({str(path)!r})", backend="tensorflow")
    found = {name: ({}, []) for name in CONFIGS}
    with np.load(path) as arrays:
        for key, value in arrays.items():
            name, what = key.split("/", maxsplit=1)
            if what.startswith("weights/"):
                found[name][1].append(value)
            else:
                found[name][0][what] = value
    return found
