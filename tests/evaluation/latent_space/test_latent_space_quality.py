import math

import numpy as np
import pytest
from sample_data import blobs

import keras_genae as genae
from keras_genae.evaluation.latent_space import latent_space_quality
from keras_genae.evaluation.latent_space.mutual_information import mutual_information
from keras_genae.evaluation.latent_space.pca import pca_codes
from keras_genae.evaluation.latent_space.probes import linear_probe
from keras_genae.evaluation.likelihood.rate_distortion import rate_distortion

TRAIN, TEST = blobs(80, (12, 12, 1), seed=0), blobs(40, (12, 12, 1), seed=1)
OPTIONS = {"latent_dim": 3, "widths": (4,), "seed": 0}
SHARED = {"reconstruction_mse", "trustworthiness", "linear_probe", "neighbour_probe"}


def brightness(x):
    return x.mean(axis=(1, 2, 3))


def test_of_an_autoencoder_everything_has_its_pca():
    model = genae.ConvAE((12, 12, 1), **OPTIONS)
    y = brightness(TRAIN), brightness(TEST)
    quality = latent_space_quality(model, TRAIN, TEST, *y)
    assert set(quality) == SHARED | {f"pca_{name}" for name in SHARED}
    assert all(isinstance(value, float) for value in quality.values())
    codes = [pca_codes(TRAIN, x, 3) for x in (TRAIN, TEST)]
    assert quality["pca_linear_probe"] == linear_probe(codes[0], y[0], codes[1], y[1])
    # Not trained, where the components are.
    assert quality["pca_reconstruction_mse"] < quality["reconstruction_mse"]


def test_of_a_vae_the_nats_besides():
    model = genae.ConvVAE((12, 12, 1), **OPTIONS)
    quality = latent_space_quality(model, TRAIN, TEST, seed=2)
    assert "linear_probe" not in quality
    assert (quality["rate"], quality["distortion"]) == rate_distortion(model, TEST, seed=2)
    assert quality["mutual_information"] == mutual_information(model, TEST, seed=2)
    assert quality["mutual_information_bound"] == math.log(40)
    assert 0 <= quality["active_units"] <= 3


def test_labels_of_one_set_alone_are_refused():
    model = genae.ConvAE((12, 12, 1), **OPTIONS)
    with pytest.raises(ValueError, match=r"give both.*only `y_test`"):
        latent_space_quality(model, TRAIN, TEST, y_test=np.arange(40.0))
