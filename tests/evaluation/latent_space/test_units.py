import numpy as np
import pytest
from keras import ops

import keras_genae as genae
from keras_genae.evaluation.latent_space.units import active_units, kl_per_unit
from keras_genae.evaluation.likelihood import rate

X = np.random.default_rng(0).normal(size=(300, 6)).astype("float32")


@pytest.fixture(scope="module")
def model():
    """A VAE whose unit 0 follows x[0], whose unit 1 is the prior, and unit 2 a shifted prior."""
    vae = genae.VAE((6,), latent_dim=3, widths=(4,), seed=0)
    for name in ("mean", "log_var"):
        kernel, bias = vae.encoder.get_layer(name).trainable_variables
        kernel.assign(ops.zeros_like(kernel))
        bias.assign([0.0, 0.0, 2.0 if name == "mean" else 0.0])
    hidden = next(layer for layer in vae.encoder.layers if layer.weights)
    kernel, _ = vae.encoder.get_layer("mean").trainable_variables
    kernel.assign(ops.convert_to_tensor([[1.0, 0.0, 0.0]] * hidden.units))
    return vae


def test_a_unit_is_active_where_its_mean_varies(model):
    assert active_units(model, X).tolist() == [True, False, False]
    variance = model.encode(X).var(axis=0)[0]
    assert not active_units(model, X, threshold=1.01 * variance).any()


def test_the_rate_splits_into_units(model):
    kl = kl_per_unit(model, X)
    mean = model.encode(X)
    np.testing.assert_allclose(kl, 0.5 * np.mean(mean**2, axis=0), rtol=1e-5)  # σ = 1
    assert kl[1] == pytest.approx(0.0, abs=1e-7) and kl[2] == pytest.approx(2.0)
    assert kl.sum() == pytest.approx(rate(model, X).mean(), rel=1e-5)
    np.testing.assert_allclose(kl, kl_per_unit(model, X, batch_size=7), rtol=1e-5)


@pytest.mark.parametrize("measure", [active_units, kl_per_unit])
def test_a_plain_autoencoder_has_no_posterior(measure):
    model = genae.Autoencoder((6,), latent_dim=2, widths=(4,))
    with pytest.raises(ValueError, match=rf"`{measure.__name__}` needs a posterior.*Autoencoder"):
        measure(model, X)
