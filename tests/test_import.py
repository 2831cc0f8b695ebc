"""What may import what."""

import ast
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent
PACKAGE = ROOT / "keras_genae"
SOURCES = sorted(PACKAGE.rglob("*.py"))


def module_of(path):
    """The full name of a source file's module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path) for path in SOURCES}
# Modules beside the rooms, which all may use.
ASIDE = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
# A room imports only from floors below its own. `datasets` stands aside: see below.
FLOORS = {
    "distributions": 0,
    "divergences": 0,
    "networks": 0.5,
    "layers": 1,
    "flows": 1.5,
    "training": 2,
    "priors": 2,
    "models": 3,
    "evaluation": 4,
    "visualization": 4,
    "anomaly": 5,
    "explorer": 5,
    "reports": 5,
    "tuning": 5,
    "cli": 6,
}
# What a person starts by `python -m ROOM` stands on top of its room's floor: it puts together what
# lies on that floor, and data, but knows nothing of the floors above.
ON_TOP = 0.5
# The list of public names, `from keras_genae import …`, is for those above what it lists.
PUBLIC_NAMES = 4
# From the models down all is written in `keras.ops`, but for the training steps.
OF_EVERY_BACKEND = {room for room, floor in FLOORS.items() if floor <= 3} - {"training"}
BACKENDS = {"tensorflow", "jax", "torch", "openvino"}
# Keras has imported its backend's TensorFlow by then; after `None` in `sys.modules` any further
# import of it fails, as on a machine without it.
IMPORT_WITHOUT_TENSORFLOW = """
import sys, keras
keras.backend.backend = lambda: sys.argv[1]
sys.modules["tensorflow"] = None
before = set(sys.modules)
import keras_genae
print(*{name.partition(".")[0] for name in set(sys.modules) - before})
"""


def imports_in(path):
    """(module, name or `None`) of each import of a source file, also within functions."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from ((node.module, alias.name) for alias in node.names)


def imported_by(path):
    """Full names of all that a source file imports."""
    for module, name in imports_in(path):
        yield module
        if name is not None:
            yield f"{module}.{name}"


def room_of(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def rooms_imported_by(path):
    """The rooms of this package that a source file imports; also names from its public list."""
    names = {name for name in imported_by(path) if name.startswith("keras_genae.")}
    return {name.split(".")[1] for name in names}


def id_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=id_of)
def test_keras_is_used_through_its_public_names(path):
    for name in imported_by(path):
        assert not name.startswith("keras.src"), f"{path} imports {name}"


def backends_imported_by(path):
    return BACKENDS & {name.partition(".")[0] for name in imported_by(path)}


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if room_of(path) in OF_EVERY_BACKEND], ids=id_of
)
def test_what_is_written_in_keras_ops_knows_no_backend(path):
    assert not backends_imported_by(path), f"{path} imports a backend"
    assert "backend.backend(" not in path.read_text("utf-8"), f"{path} asks which backend it is on"
    steps = {f"keras_genae.training.{backend}" for backend in BACKENDS}
    assert not steps & set(imported_by(path)), f"{path} imports the training step of one backend"


def test_an_import_of_a_backend_would_be_found():
    assert backends_imported_by(PACKAGE / "training" / "tensorflow.py") == {"tensorflow"}


@pytest.mark.parametrize("path", SOURCES, ids=id_of)
def test_a_room_imports_only_from_floors_below_its_own(path):
    room = room_of(path)
    if room in ("__init__", "datasets"):
        pytest.skip("The list of public names imports them all; datasets have a rule of their own.")
    floor = 0 if room in ASIDE else FLOORS[room] + ON_TOP * (path.stem == "__main__")
    for name in rooms_imported_by(path) - ASIDE - {room, "datasets"}:
        assert FLOORS.get(name, PUBLIC_NAMES) < floor, f"{path} imports {name}"


@pytest.mark.parametrize("path", SOURCES, ids=id_of)
def test_datasets_and_models_do_not_know_each_other(path):
    room, others = room_of(path), rooms_imported_by(path)
    if room == "datasets":
        assert others <= {"datasets", *ASIDE}
    elif FLOORS.get(room, 0) < 5 and room != "__init__" and path.stem != "__main__":
        assert "datasets" not in others


@pytest.mark.parametrize("path", SOURCES, ids=id_of)
def test_every_room_has_a_floor(path):
    assert room_of(path) in {*FLOORS, *ASIDE, "__init__", "datasets"}


def circles(arrows):
    """The sets of names that reach each other along arrows, name → names: of more than one."""

    def reached_from(name):
        seen, waiting = set(), [name]
        while waiting:
            new = arrows.get(waiting.pop(), set()) - seen
            seen |= new
            waiting += new
        return seen

    reached = {name: reached_from(name) for name in arrows}
    return {
        frozenset(other for other in reached[name] if name in reached.get(other, ()))
        for name in arrows
        if name in reached[name]
    }


def files_imported_by(path):
    """Modules of this package: of `from a.b import c` that of c, where c is one, else a.b."""
    named = {(module, f"{module}.{name}") for module, name in imports_in(path)}
    return MODULES & {full if full in MODULES else module for module, full in named}


def test_no_files_import_each_other_in_a_circle():
    assert not circles({module_of(path): files_imported_by(path) for path in SOURCES})


def test_a_circle_would_be_found():
    arrows = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": {"e"}, "f": {"a"}}
    assert circles(arrows) == {frozenset("abc"), frozenset("e")}


def import_under(backend):
    return subprocess.run(
        [sys.executable, "-c", IMPORT_WITHOUT_TENSORFLOW, backend],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "PYTHONPATH": str(ROOT)},
        timeout=300,
    )


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_importing_the_package_needs_no_tensorflow_on_another_backend(backend):
    pytest.importorskip(backend)
    result = import_under(backend)
    assert result.returncode == 0, result.stderr
    new = set(result.stdout.split())
    assert "keras_genae" in new
    # Nor does it bring what only some of its users need.
    assert not {"tensorflow_datasets", "matplotlib", "keras_tuner"} & new


@pytest.mark.slow
def test_the_training_step_of_tensorflow_does_need_it():
    # The test above could fail.
    result = import_under("tensorflow")
    assert result.returncode != 0 and "tensorflow" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_models_reconstruct_on_another_backend(backend):
    pytest.importorskip(backend)
    code = """
import sys, numpy as np, keras_genae
model = keras_genae.ConvVAE((8, 8, 1), latent_dim=2, widths=(4,), seed=0)
x = np.zeros((3, 8, 8, 1), "float32")
assert model.reconstruct(x).shape == x.shape and model.sample(2, seed=0).shape == (2, 8, 8, 1)
"""
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=300
    )
    assert result.returncode == 0, result.stderr
