import json

import keras
import numpy as np
import pytest
from sample_data import blobs

import keras_genae as genae
from keras_genae.evaluation.__main__ import main
from keras_genae.evaluation.generation import QUESTIONS

SHAPE = (12, 12, 1)


@pytest.fixture
def data(tmp_path):
    """A file with images and labels."""
    x = blobs(120, SHAPE)
    brightness = x.mean(axis=(1, 2, 3))
    np.savez(tmp_path / "blobs.npz", x=x, y=(brightness > np.median(brightness)).astype(int))
    return tmp_path / "blobs.npz"


def measure(model, data, folder, *options):
    """The metrics of a saved model, name → value."""
    model.save(folder / "model.keras")
    arguments = [str(folder / "model.keras"), str(data), "--output-dir", str(folder / "out")]
    main([*arguments, *options])
    metrics = json.loads((folder / "out" / "metrics.json").read_text())
    return {name: entry["value"] for name, entry in metrics.items()}


def test_a_vae_is_measured_by_all_that_applies(data, tmp_path, capsys):
    model = genae.ConvVAE(SHAPE, latent_dim=3, widths=(4,), likelihood="bernoulli", seed=0)
    metrics = measure(model, data, tmp_path, "--importance-samples", "20")
    assert metrics["elbo"] <= metrics["log_likelihood"]
    assert metrics["elbo"] == pytest.approx(-metrics["rate"] - metrics["distortion"], rel=0.05)
    for name in ("mse", "ssim", "linear_probe", "pca_linear_probe", "frechet_distance", "coverage"):
        assert np.isfinite(metrics[name])
    for name in QUESTIONS:
        assert metrics[f"floor_{name}"] < metrics[name] and metrics[f"{name}_margin"] > 0.0
    assert metrics["prior"] == "N(0, I)"
    figures = {path.stem for path in (tmp_path / "out").glob("*.png")}
    assert figures == {"latent_spectrum", "reconstructions", "samples"}
    assert "log_likelihood" in capsys.readouterr().out
    # Grey values have no probability, so no bits.
    assert "bits_per_dimension" not in metrics


def test_a_plain_autoencoder_samples_from_a_density_fitted_to_half_of_the_data(data, tmp_path):
    model = genae.ConvAE(SHAPE, latent_dim=3, widths=(4,), seed=0)
    metrics = measure(model, data, tmp_path)
    assert metrics["prior"] == "GaussianPrior"
    assert "elbo" not in metrics and np.isfinite(metrics["frechet_distance"])


@pytest.mark.slow
def test_known_factors_are_measured(tmp_path):
    model = genae.ConvVAE((16, 16, 3), latent_dim=3, widths=(4,), seed=0)
    metrics = measure(model, "drawn_faces", tmp_path, "--limit", "200")
    assert 0.0 <= metrics["mig"] <= 1.0
    assert (tmp_path / "out" / "factor_matrix.png").exists()


def test_vectors_have_no_pictures(tmp_path, rng):
    np.save(tmp_path / "x.npy", rng.normal(size=(80, 5)))
    model = genae.VAE((5,), latent_dim=2, widths=(4,), seed=0)
    metrics = measure(model, tmp_path / "x.npy", tmp_path)
    assert "ssim" not in metrics and "frechet_distance" not in metrics and "mse" in metrics


@pytest.mark.slow
def test_a_model_of_labels_is_given_those_of_the_data(tmp_path, rng):
    y = np.arange(80) % 2
    x = rng.normal(size=(80, 5)) + y[:, None]
    np.savez(tmp_path / "x.npz", x=x, y=y)
    model = genae.ConditionalVAE((5,), latent_dim=2, classes=2, widths=(4,), seed=0)
    metrics = measure(model, tmp_path / "x.npz", tmp_path, "--importance-samples", "20")
    given = genae.evaluation.log_likelihood(model, x, y, num_samples=20).mean()
    assert metrics["log_likelihood"] == pytest.approx(given, rel=1e-5)
    assert np.isfinite(metrics["linear_probe"]) and np.isfinite(metrics["rate"])


def test_a_model_of_another_kind_is_refused(tmp_path):
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save(tmp_path / "other.keras")
    with pytest.raises(ValueError, match="a model of keras_genae"):
        main([str(tmp_path / "other.keras"), "drawn_faces"])
