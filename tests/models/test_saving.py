import functools
import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from cases import fast, slow
from zoo import (
    ALL,
    CONFIGS,
    FEW,
    OF_TWO_PLAYERS,
    build,
    compiled,
    examples,
    labelled,
    labels,
    same,
    trained,
    weights_of,
)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Loads every model of a folder, and writes what it predicts.
IN_A_FRESH_PROCESS = """
import pathlib, sys
import keras, numpy as np
import keras_genae
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.keras")):
    model = keras.saving.load_model(path)
    x = np.load(path.with_suffix(".x.npy"))
    if path.with_suffix(".label.npy").exists():
        x = {"x": x, "label": np.load(path.with_suffix(".label.npy"))}
    np.save(path.with_suffix(".y.npy"), model.reconstruct(x, verbose=0))
    np.save(path.with_suffix(".loss.npy"), model.evaluate(x, verbose=0, return_dict=True)["loss"])
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A function of a model's name to the `.keras` file of it, trained."""
    folder = tmp_path_factory.mktemp("zoo")

    @functools.cache
    def path_of(name):
        trained(name)[0].save(folder / f"{name}.keras")
        return folder / f"{name}.keras"

    return path_of


@ALL
def test_a_loaded_model_is_the_saved_one_bit_for_bit(name, saved):
    model, x, _, _ = trained(name)
    loaded = keras.saving.load_model(saved(name))
    assert type(loaded) is type(model)
    # As JSON, in which the networks' shapes come back as lists.
    configs = [json.dumps(one.get_config(), sort_keys=True) for one in (loaded, model)]
    assert configs[0] == configs[1]
    assert same(weights_of(loaded), weights_of(model))
    assert same(
        [v.numpy() for v in loaded.optimizer.variables],
        [v.numpy() for v in model.optimizer.variables],
    )
    np.testing.assert_array_equal(loaded.noise.state.numpy(), model.noise.state.numpy())
    data = labelled(model, x)
    np.testing.assert_array_equal(loaded.reconstruct(data), model.reconstruct(data))


@pytest.mark.slow
def test_models_load_in_a_fresh_process_without_custom_objects(saved):
    for name in CONFIGS:
        folder = saved(name).parent
        model, x, _, _ = trained(name)
        np.save(folder / f"{name}.x.npy", x)
        if model.condition is not None:
            np.save(folder / f"{name}.label.npy", labels(model, len(x)))
    subprocess.run(
        [sys.executable, "-c", IN_A_FRESH_PROCESS, str(folder)],
        check=True,
        env={**os.environ, "PYTHONPATH": ROOT},
        timeout=300,
    )
    for name in CONFIGS:
        model, x, _, _ = trained(name)
        x = labelled(model, x)
        np.testing.assert_array_equal(np.load(folder / f"{name}.y.npy"), model.reconstruct(x))
        loss = model.evaluate(x, verbose=0, return_dict=True)["loss"]
        assert float(np.load(folder / f"{name}.loss.npy")) == loss


@pytest.mark.parametrize("name", fast([*FEW, *OF_TWO_PLAYERS], FEW[:3]))
@pytest.mark.parametrize("dtype", [None, slow("mixed_float16")])
def test_training_goes_on_after_loading_as_without(name, dtype, tmp_path):
    if dtype and name != "ConvVAE sigma":
        pytest.skip("The loss scale of mixed precision is tried on one model.")
    # One of them as it is trained in earnest; traced, each would take two seconds.
    model = compiled(build(name, dtype=dtype), run_eagerly=name != "ConvVAE sigma")
    x = examples(model.input_shape)
    options = {"batch_size": 16, "shuffle": False, "verbose": 0}
    model.fit(x, **options)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    first, second = (m.fit(x, epochs=2, **options).history for m in (model, loaded))
    assert first == second
    assert same(weights_of(model), weights_of(loaded))


def test_weights_alone_carry_the_noise_and_beta(tmp_path):
    model, other = build("ConvVAE sigma"), build("ConvVAE sigma", seed=5, beta=0.1)
    model.sample(1)
    model.beta.assign(0.25)
    model.save_weights(tmp_path / "model.weights.h5")
    other.load_weights(tmp_path / "model.weights.h5")
    assert float(other.beta) == 0.25
    np.testing.assert_array_equal(other.sample(2), model.sample(2))


@pytest.mark.parametrize("loss", ["mse", "binary_crossentropy"])
def test_a_likelihood_chosen_in_compile_survives_saving(loss, tmp_path):
    model = build("ConvVAE sigma")
    model.compile(optimizer="adam", loss=loss, metrics=["mae"], run_eagerly=True)
    x = examples(model.input_shape, 8)
    model.fit(x, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.likelihood_name == model.likelihood_name != "sigma"
    numbers = loaded.evaluate(x, verbose=0, return_dict=True)
    assert numbers == model.evaluate(x, verbose=0, return_dict=True)
    assert "mae" in numbers


def test_an_uncompiled_model_can_be_saved(tmp_path):
    model = build("ConvVAE sigma")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    x = examples(model.input_shape, 4)
    np.testing.assert_array_equal(loaded.reconstruct(x), model.reconstruct(x))


def test_no_code_is_pickled_into_the_file(saved):
    # `load_model` refuses lambdas unless told otherwise: here it is told so explicitly.
    for name in FEW:
        keras.saving.load_model(saved(name), safe_mode=True)
