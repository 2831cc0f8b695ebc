"""What the models reach on MNIST. Slow: it trains."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_genae as genae
from keras_genae import datasets
from keras_genae.evaluation import reconstruction_mse

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def mnist(data_folder):
    splits = ("train", "test")
    return [datasets.load_idx_folder(data_folder / "mnist", split)[0] for split in splits]


def pca_mse(training, test, components):
    """Test error of the best linear map through so many numbers."""
    flat, test = (x.reshape(len(x), -1) / np.float32(255) for x in (training, test))
    mean = flat.mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov(flat.T))
    basis = vectors[:, -components:].astype("float32")
    residual = (test - mean) - (test - mean) @ basis @ basis.T
    return float(np.mean(np.square(residual)))


@pytest.mark.parametrize("likelihood", ["sigma", "bernoulli"])
def test_sixteen_latents_of_a_vae_beat_sixteen_principal_components(mnist, likelihood):
    training, test = mnist
    model = genae.ConvVAE((28, 28, 1), latent_dim=16, likelihood=likelihood, seed=0)
    model.compile(optimizer="adam")
    model.fit(training[:30_000], batch_size=128, epochs=3, verbose=0)
    posterior = model.encode_distribution(test)
    kl = float(np.mean(posterior.kl()))
    active = int(ops.sum(posterior.active_units()))
    error, linear = reconstruction_mse(model, test), pca_mse(training, test, 16)
    print(
        f"\n{likelihood}: KL {kl:.1f} nats, {active}/16 active, MSE {error:.5f}, PCA {linear:.5f}"
    )
    assert kl > 5.0
    assert active >= 0.8 * 16
    assert error < linear


def test_half_precision_ends_within_one_percent_of_float32(mnist):
    training, test = mnist
    losses = {}
    for dtype in ("float32", "mixed_bfloat16", "mixed_float16"):
        keras.utils.set_random_seed(0)
        model = genae.ConvVAE(
            (28, 28, 1), latent_dim=16, widths=(8, 16), likelihood="bernoulli", seed=0, dtype=dtype
        )
        # A rate that falls to zero: at a constant one, runs that differ in nothing but their seed
        # end further apart than the precisions may.
        schedule = keras.optimizers.schedules.CosineDecay(2e-3, decay_steps=4 * 312)
        model.compile(optimizer=keras.optimizers.Adam(schedule))
        model.fit(training[:20_000], batch_size=64, epochs=4, verbose=0, shuffle=False)
        losses[dtype] = model.evaluate(test[:2000], verbose=0, return_dict=True)["loss"]
    print(f"\n{losses}")
    assert losses["mixed_bfloat16"] == pytest.approx(losses["float32"], rel=0.01)
    assert losses["mixed_float16"] == pytest.approx(losses["float32"], rel=0.01)
