"""What was done to the layers of a model: kept in files, seen by every method, never stale."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from cases import slow
from zoo import build, compiled, examples

from keras_genae.evaluation import distortion

NAME = "ConvVAE sigma"
X = examples((12, 12, 3), 8)

# Keras warns of every layer that has no way to be quantised.
pytestmark = pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method")


def rename(model):
    model.encoder.get_layer("stage_1").name = "renamed"


CHANGES = {
    "quantised": lambda model: model.quantize("int8"),
    "decoder quantised": lambda model: model.decoder.get_layer("unflat").quantize("int8"),
    "LoRA": lambda model: model.encoder.get_layer("mean").enable_lora(2),
    "half precision": lambda model: setattr(
        model.decoder.get_layer("unflat"), "dtype_policy", keras.DTypePolicy("mixed_float16")
    ),
    "encoder frozen": lambda model: setattr(model.encoder, "trainable", False),
    "a layer frozen": lambda model: setattr(model.decoder.layers[1], "trainable", False),
    "all frozen": lambda model: setattr(model, "trainable", False),
}


def eager():
    """Steps that are not traced, where a test takes one or two."""
    return compiled(build(NAME), run_eagerly=True)


@pytest.mark.filterwarnings("ignore:Skipping variable loading for optimizer")
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_model_loads_as_it_was_saved(change, tmp_path):
    model = eager()
    change(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.reconstruct(X), model.reconstruct(X))
    np.testing.assert_array_equal(loaded.encode(X), model.encode(X))
    for kind in ("trainable_variables", "variables"):
        shapes = [[tuple(v.shape) for v in getattr(one, kind)] for one in (loaded, model)]
        assert shapes[0] == shapes[1]
    assert (loaded.widths, loaded.kernel_size) == (model.widths, model.kernel_size)


@pytest.mark.parametrize("name", [slow("quantised"), "decoder quantised", "half precision"])
def test_every_method_sees_the_layers_as_they_are(name):
    model = compiled(build(NAME))
    before = model.reconstruct(X), distortion(model, X)
    CHANGES[name](model)
    after = model.reconstruct(X), distortion(model, X)
    assert not np.array_equal(before[0], after[0])
    assert not np.array_equal(before[1], after[1])
    np.testing.assert_allclose(after[0], model.predict(X, verbose=0), atol=1e-6)


def test_what_has_not_changed_is_not_compiled_again():
    model = compiled(build(NAME))
    model.reconstruct(X)
    functions = model.compiled_functions
    model.fit(X, verbose=0)
    model.reconstruct(X)
    assert model.compiled_functions is functions and functions


@pytest.mark.parametrize("state", ["fresh", "fitted", "loaded", "predicted"])
def test_an_exported_model_serves_reconstructions(state, tmp_path):
    model = eager()
    if state == "fitted":
        model.fit(X, verbose=0)
    elif state == "predicted":
        model.predict(X, verbose=0)
    elif state == "loaded":
        model.fit(X, verbose=0)
        model.save(tmp_path / "model.keras")
        model = keras.saving.load_model(tmp_path / "model.keras")
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(tmp_path / "served")
    np.testing.assert_allclose(served.serve(X), model.reconstruct(X), atol=1e-6)


def test_a_subclass_of_ones_own_is_built_when_its_constructor_ends():
    from keras_genae import VAE

    class Mine(VAE):
        def __init__(self, input_shape=None, latent_dim=None, **kwargs):
            super().__init__(input_shape, latent_dim, **kwargs)
            self.extra = self.add_weight(name="extra", shape=())

    model = Mine((6,), 2, widths=(4,))
    assert model.built and model.get_build_config() == {"input_shape": (None, 6)}
    with pytest.raises(ValueError, match="already built"):
        model.later = keras.layers.Dense(2)


def sample_warnings(model):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.sample(2, seed=0, verbose=0)
    return [str(w.message) for w in caught if "fit_prior" in str(w.message)]


@pytest.mark.slow
def test_a_prior_fitted_before_more_training_says_that_it_is_out_of_date(tmp_path):
    model = eager()
    model.fit(X, verbose=0)
    model.fit_prior(X)
    assert not sample_warnings(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert not sample_warnings(loaded)
    for one in (model, loaded):
        one.fit(X, verbose=0)
        assert len(sample_warnings(one)) == 1
    model.save(tmp_path / "model.keras")
    assert len(sample_warnings(keras.saving.load_model(tmp_path / "model.keras"))) == 1
    model.fit_prior(X)
    assert not sample_warnings(model)
    model.quantize("int8")
    assert len(sample_warnings(model)) == 1


def test_a_prior_outlives_training_of_the_decoder_alone():
    model = eager()
    model.fit_prior(X)
    model.encoder.trainable = False
    model.compile(run_eagerly=True)
    model.fit(X, verbose=0)
    assert not sample_warnings(model)
