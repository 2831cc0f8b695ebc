"""What models compute on a backend other than TensorFlow: `make test-backends`."""

import pathlib
import sys

import keras

# The table of the zoo, which the tests of models share.
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "models"))

# `make test` runs on TensorFlow, which all this is compared with.
collect_ignore_glob = ["test_*.py"] if keras.backend.backend() == "tensorflow" else []
