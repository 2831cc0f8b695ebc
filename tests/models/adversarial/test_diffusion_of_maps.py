"""Two calls: an autoencoder to maps, and a flow over them, by class."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from zoo import examples

from keras_genae import VAE, ConditionalVAE, KLAutoencoder
from keras_genae.priors import FlowMatchingPrior, MapFlowMatchingPrior

# Where normal noise is no worse, after one epoch.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:On codes held out")]

X = examples((12, 8, 1), 40)
Y = np.array(["left", "right"] * 20)
SMALL = {"widths": (4,), "steps": 2, "epochs": 1}


def new(**arguments):
    plain = {"feature_weight": 0.0, "adversary_weight": 0.0}
    return KLAutoencoder((12, 8, 1), latent_dim=2, widths=(4, 8), seed=0, **plain, **arguments)


@pytest.fixture(scope="module")
def model():
    return new().fit_prior(X, "flow_matching", labels=Y, **SMALL)


def test_the_codes_are_maps_to_the_prior(model):
    assert isinstance(model.fitted_prior, MapFlowMatchingPrior)
    assert model.fitted_prior.latent_shape == model.latent_shape == (3, 2, 2)
    mean, variance = model.posterior_moments(X)
    expected = np.sqrt(mean.var(axis=(0, 1, 2)) + variance.mean(axis=(0, 1, 2)))
    np.testing.assert_allclose(model.fitted_prior.stddev[0, 0], expected, rtol=1e-4)


def test_samples_are_decoded_draws_from_the_prior(model):
    model.fitted_prior.field.unet.get_layer("output").kernel.assign_add(
        np.random.default_rng(0).normal(0.0, 0.3, (3, 3, 4, 2))
    )
    samples = model.sample(3, seed=1, label="left", guidance=2.0)
    again = np.random.default_rng(1)
    z = model.fitted_prior.sample(3, again, label="left", guidance=2.0)
    np.testing.assert_array_equal(samples, model.decode(z))
    assert np.any(samples != model.sample(3, seed=1, label="right", guidance=2.0))
    assert np.any(samples != model.sample(3, seed=1, label="left", guidance=1.0))
    np.testing.assert_array_equal(samples, model.sample(3, seed=1, label=[0, 0, 0], guidance=2.0))
    assert model.sample(3, seed=1).shape == (3, 12, 8, 1)
    assert model.variations(X[0], 2, seed=0).shape == (2, 12, 8, 1)


def test_it_is_saved_with_the_model(model, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    samples = model.sample(3, seed=1, label="left", guidance=2.0)
    np.testing.assert_array_equal(loaded.sample(3, seed=1, label="left", guidance=2.0), samples)


@pytest.mark.slow
def test_it_loads_in_a_fresh_process(model, tmp_path):
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "samples.npy", model.sample(3, seed=1, label="left", guidance=2.0))
    code = (
        "import keras, numpy as np, keras_genae;"
        "model = keras.saving.load_model('model.keras');"
        "samples = model.sample(3, seed=1, label='left', guidance=2.0);"
        "np.testing.assert_allclose(samples, np.load('samples.npy'), atol=1e-6)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)


def test_no_density_of_a_map_is_told(model):
    z = model.encode(X[:2])
    for call in (model.prior_log_prob, model.plausibility):
        with pytest.raises(ValueError, match="does not tell how likely"):
            call(z)


def test_an_encoder_that_changed_makes_it_stale(model):
    again = new()
    again.set_prior(model.fitted_prior, model.fitted_prior_of)
    kernel = again.encoder.trainable_weights[0]
    kernel.assign_add(0.1 * kernel)
    with pytest.warns(UserWarning, match="fitted before the encoder changed"):
        again.sample(2, seed=0, label="left")


@pytest.mark.slow
def test_in_half_precision_the_prior_stays_whole():
    half = new(dtype="mixed_bfloat16").fit_prior(X, "flow_matching", **SMALL)
    assert {weight.dtype for weight in half.fitted_prior.weights} <= {"float32", "int32"}
    samples = half.sample(4, seed=0)
    assert samples.dtype == "float32" and np.isfinite(samples).all()


@pytest.mark.slow
def test_a_model_of_vectors_takes_labels_too(rng):
    x = rng.normal(size=(60, 6)).astype("float32")
    vectors = VAE((6,), latent_dim=2, widths=(8,), seed=0)
    vectors.fit_prior(x, "flow_matching", labels=np.arange(60) % 3, width=8, epochs=1)
    assert isinstance(vectors.fitted_prior, FlowMatchingPrior)
    assert vectors.fitted_prior.classes == 3
    assert vectors.sample(4, seed=0, label=2, guidance=2.0).shape == (4, 6)
    assert np.isfinite(vectors.prior_log_prob(vectors.encode(x))).all()


def test_what_has_no_effect_is_refused(model):
    vae = VAE((6,), latent_dim=2, widths=(8,), seed=0)
    x = examples((6,), 40)
    with pytest.raises(ValueError, match=r"knows nothing of labels.*fit_prior"):
        vae.sample(2, label=1)
    with pytest.raises(ValueError, match="`sample` from the model's own prior takes no `guidance`"):
        vae.sample(2, guidance=2.0)
    vae.fit_prior(x, "gaussian")
    with pytest.raises(ValueError, match="`sample` from a GaussianPrior takes no `guidance`"):
        vae.sample(2, guidance=2.0)
    with pytest.raises(ValueError, match="knows nothing of labels"):
        vae.sample(2, label=1)
    with pytest.raises(ValueError, match="`labels` are for 'flow_matching'"):
        vae.fit_prior(x, "gmm", labels=Y)
    with pytest.raises(ValueError, match="knows nothing of labels"):
        model.decode(model.encode(X[:1]), label="left")
    conditional = ConditionalVAE((6,), latent_dim=2, classes=2, widths=(8,), seed=0)
    with pytest.raises(ValueError, match="side information already"):
        conditional.fit_prior(x, "flow_matching", label=0, labels=Y)


def test_a_map_is_one_long_vector_to_the_other_kinds():
    gaussian = new().fit_prior(X, "gaussian")
    assert gaussian.fitted_prior.latent_shape == (12,)
    assert gaussian.sample(2, seed=0).shape == (2, 12, 8, 1)
    assert np.isfinite(gaussian.prior_log_prob(gaussian.encode(X[:3]))).all()
