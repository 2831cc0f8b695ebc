"""The examples in the docstrings run."""

import doctest
import importlib
import pathlib
import pkgutil
import re

import keras
import pytest
from cases import fast

PACKAGE = pathlib.Path(__file__).parent.parent / "keras_genae"
MODULES = [
    module.name for module in pkgutil.walk_packages([str(PACKAGE)], "keras_genae.") if module.name
]
# Examples that train for seconds, and those of the rooms of the zoo, which all train a model.
LONG = {
    "keras_genae.anomaly.scores",
    "keras_genae.priors.codes.transformer",
    "keras_genae.priors.two_stage",
    "keras_genae.training.collapse_monitor",
} | {name for name in MODULES if re.match(r"keras_genae\.(models\.\w+|priors\.flows)\.", name)}

# They import what need not be installed here.
OF_BACKENDS = {f"keras_genae.training.{name}" for name in ("tensorflow", "jax", "torch")}
OF_OTHERS = OF_BACKENDS - {f"keras_genae.training.{keras.backend.backend()}"}
RUN = ["keras_genae", *(name for name in MODULES if name not in OF_OTHERS)]


def test_all_modules_are_found():
    sources = [
        path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem[0] != "_"
    ]
    assert len(MODULES) == len(sources)


# pkgutil imports the packages it walks into, so `keras_genae` itself comes last and by hand.
# The priors' examples are short: a normal distribution does as well.
@pytest.mark.filterwarnings("ignore:On codes held out")
@pytest.mark.parametrize("name", fast(RUN, set(RUN) - LONG))
def test_the_examples_of_a_module_run(name, tmp_path, monkeypatch):
    # What an example writes is no part of the repository.
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    assert doctest.testmod(module, optionflags=options).failed == 0
