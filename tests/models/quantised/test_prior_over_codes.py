"""A prior over the indices of a model with a codebook: fitted, drawn from, saved, out of date."""

import os
import subprocess
import sys
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from cases import fast
from zoo import build, compiled, examples

from keras_genae.models import latent_methods
from keras_genae.priors.codes import fit_rows

SIZES = {"width": 8, "depth": 1, "num_heads": 2, "epochs": 1}
NAMES = [
    *("BSQVAE", "CategoricalVAE", "FSQVAE", "LFQVAE", "ResidualVQVAE"),
    *("SimVQVAE", "VQVAE", "VQVAE2"),
]
EACH = pytest.mark.parametrize("name", fast(NAMES, ["FSQVAE", "VQVAE2"]))
# Untrained models of noise have nothing to learn.
pytestmark = pytest.mark.filterwarnings(
    "ignore:On codes held out", "ignore:Even though the `tf.config"
)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Fits of two steps, which take less time than it takes to trace one."""
    monkeypatch.setattr(fit_rows, "PASSES", 2)
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def data(model, count=40):
    return examples(model.input_shape, count)


def fitted(name, label=None, **changes):
    model = build(name, **changes)
    return model.fit_prior(data(model), labels=label, **SIZES)


@EACH
def test_it_samples_and_tells_how_likely_codes_are(name):
    model = fitted(name)
    x = model.sample(5, seed=0)
    assert x.shape == (5, *model.input_shape) and np.isfinite(x).all()
    np.testing.assert_array_equal(model.sample(5, seed=0), x)
    assert np.any(model.sample(5, seed=1) != x)
    z = model.encode(data(model))
    log_prob = model.prior_log_prob(z)
    prior = model.fitted_prior
    assert log_prob.shape == (40,) and np.all(log_prob < 0.0)
    # Nats per code of codes held out are nearly those of all.
    places = len(prior.sequence.codebook_of)
    assert -log_prob.mean() / places == pytest.approx(prior.nats_per_code, rel=0.3)
    # What the model draws is what the prior draws, decoded.
    drawn = prior.sample(5, np.random.default_rng(0))
    np.testing.assert_array_equal(model.decode(drawn), x)


@pytest.mark.slow
def test_each_level_and_depth_is_a_codebook_of_the_transformer():
    residual, levels = (build(name) for name in ("ResidualVQVAE", "VQVAE2"))
    residual = residual.fit_prior(data(residual), **SIZES).fitted_prior.sequence
    assert residual.codebook_of[:4] == [0, 1, 0, 1]
    levels = levels.fit_prior(data(levels), **SIZES).fitted_prior.sequence
    assert levels.codebook_of == [0] * levels.lengths[0] + [1] * levels.lengths[1]
    assert levels.lengths[0] < levels.lengths[1]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["floats", "names", "one-hot"])
def test_classes_of_any_form_are_the_same(form):
    number = np.arange(40) % 3
    label = {
        "floats": number.astype("float64"),
        "names": np.array(["ape", "bee", "cow"])[number],
        "one-hot": np.eye(3)[number],
    }[form]
    model, expected = fitted("FSQVAE", label), fitted("FSQVAE", number)
    one = {"names": "bee"}.get(form, 1)
    ours, theirs = model.sample(4, seed=0, label=one), expected.sample(4, seed=0, label=1)
    np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(model.sample(4, seed=0), expected.sample(4, seed=0))
    z = model.encode(data(model))
    np.testing.assert_array_equal(
        model.prior_log_prob(z, label=label), expected.prior_log_prob(z, label=number)
    )
    with pytest.raises(ValueError, match=r"A label is .*Received: "):
        model.sample(4, label="dog" if form == "names" else 3)


def test_labels_that_are_no_classes_are_refused():
    model = build("FSQVAE")
    x = data(model)
    dataset = tf.data.Dataset.from_tensor_slices((x, np.arange(40) % 2)).batch(8)
    for data_, label, message in (
        (x, np.zeros(40, int), "of 2 classes at least.*1 classes"),
        (x, np.full(40, np.nan), "`labels` must be the classes"),
        (x, np.arange(39) % 2, "each of the 40 examples"),
        (x, np.arange(40) % 3 - 1, "Received: -1"),
        (dataset, np.arange(40) % 2, "Give both as arrays"),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit_prior(data_, labels=label, **SIZES)
    assert model.fitted_prior is None
    # The labels of a dataset are left alone.
    assert model.fit_prior(dataset, **SIZES).sample(2, seed=0).shape == (2, 16)


def test_kinds_are_those_of_the_codes():
    with pytest.raises(ValueError, match=r"one of 'transformer', where codes are indices.*'gmm'"):
        build("FSQVAE").fit_prior(np.zeros((4, 16), "float32"), "gmm")
    with pytest.raises(ValueError, match=r"'gmm'.*, where codes are vectors.*'transformer'"):
        build("Autoencoder of vectors").fit_prior(np.zeros((4, 16), "float32"), "transformer")


@pytest.mark.slow
def test_temperature_and_top_k_reach_the_draws():
    model = fitted("VQVAE")
    greedy = model.sample(3, seed=0, top_k=1)
    np.testing.assert_array_equal(greedy[0], greedy[1])
    np.testing.assert_array_equal(model.sample(3, seed=1, temperature=0.0), greedy)
    z = model.draw_latents(60, np.random.default_rng(0), temperature=0.3)
    warm = model.draw_latents(60, np.random.default_rng(0), temperature=1.0)
    assert model.prior_log_prob(z).mean() > model.prior_log_prob(warm).mean() + 1.0


@pytest.mark.slow
def test_plausibility_is_among_draws_of_the_prior(monkeypatch):
    monkeypatch.setattr(latent_methods, "PLAUSIBILITY_DRAWS", 200)
    model = fitted("VQVAE2")
    z = model.draw_latents(100, np.random.default_rng(1), temperature=1.0)
    usual = model.plausibility(z)
    assert usual.mean() == pytest.approx(0.5, abs=0.15)
    assert usual.min() < 0.2 and usual.max() > 0.8


def test_without_a_fitted_prior_the_categorical_vae_draws_from_its_own():
    model = build("CategoricalVAE")
    z = model.encode(data(model))
    np.testing.assert_allclose(model.prior_log_prob(z), -8 * np.log(3), rtol=1e-6)
    before = model.sample(4, seed=0)
    model.fit_prior(data(model), **SIZES)
    assert np.any(model.sample(4, seed=0) != before)
    model.set_prior(None)
    np.testing.assert_array_equal(model.sample(4, seed=0), before)


# Out of date.


def complaints(model):
    """What `sample` says about the prior."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.sample(2, seed=0, verbose=0)
    return [str(w.message) for w in caught if "fit_prior" in str(w.message)]


@pytest.mark.parametrize("name", fast(["VQVAE", "ResidualVQVAE", "VQVAE2"], ["VQVAE"]))
def test_another_codebook_puts_the_prior_out_of_date(name):
    model = fitted(name)
    assert not complaints(model)
    weight = next(w for w in model.quantiser.weights if w.name == "embeddings")
    weight.assign(weight + 1e-3)
    (said,) = complaints(model)
    assert "before the encoder or the codebook changed" in said
    model.fit_prior(data(model), **SIZES)
    assert not complaints(model)


@pytest.mark.slow
def test_a_codebook_that_moves_by_itself_does_too():
    model = build("VQVAE")
    model.encoder.trainable = False
    compiled(model, run_eagerly=True).fit(data(model), verbose=0)
    model.fit_prior(data(model), **SIZES)
    assert not complaints(model)
    model.fit(data(model, 60), verbose=0)
    assert len(complaints(model)) == 1


@pytest.mark.slow
def test_of_a_grid_the_encoder_alone_does():
    model = build("FSQVAE")
    model.encoder.trainable = False
    compiled(model, run_eagerly=True)
    model.fit_prior(data(model), **SIZES)
    model.fit(data(model), verbose=0)  # The decoder.
    assert not complaints(model)
    model.encoder.weights[0].assign(model.encoder.weights[0] + 0.1)
    assert len(complaints(model)) == 1


# Saved, and in half precision.

LOAD = """
import sys
import keras, numpy as np
import keras_genae
model = keras.saving.load_model(sys.argv[1] + "/model.keras")
z = model.draw_latents(20, np.random.default_rng(0), temperature=1.0, label="b", top_k=3)
np.save(sys.argv[1] + "/drawn.npy", z)
"""


@pytest.mark.slow
def test_in_a_fresh_process_it_draws_the_same(tmp_path):
    model = fitted("VQVAE", label=["a", "b"] * 20)
    model.save(tmp_path / "model.keras")
    subprocess.run(
        [sys.executable, "-c", LOAD, str(tmp_path)],
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    expected = model.draw_latents(20, np.random.default_rng(0), 1.0, label="b", top_k=3)
    np.testing.assert_array_equal(np.load(tmp_path / "drawn.npy"), expected)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["VQVAE2"])
@pytest.mark.parametrize("dtype", [None, "mixed_bfloat16", "mixed_float16"])
def test_a_loaded_model_draws_the_same_in_any_precision(name, dtype, tmp_path):
    model = fitted(name, dtype=dtype)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert not complaints(loaded)
    np.testing.assert_array_equal(loaded.sample(4, seed=0), model.sample(4, seed=0))
    assert loaded.fitted_prior.nats_per_code == model.fitted_prior.nats_per_code
    assert loaded.fitted_prior.compute_dtype == "float32"
