"""A trained VAE of images with normal data and data with a patch that is not normal."""

import keras
import numpy as np
import pytest
from sample_data import blobs

from keras_genae import VAE

SHAPE = (12, 12, 1)


@pytest.fixture(scope="session")
def vae():
    keras.utils.set_random_seed(0)
    model = VAE(SHAPE, latent_dim=3, network="mlp", widths=(64,), seed=0)
    model.compile(optimizer=keras.optimizers.Adam(3e-3))
    model.fit(blobs(1000, SHAPE), epochs=15, batch_size=50, verbose=0)
    return model


@pytest.fixture(scope="session")
def normal():
    return blobs(300, SHAPE, seed=5)


@pytest.fixture(scope="session")
def odd():
    """Normal images with a bright patch in a corner, at rows 1–3 and columns 8–10."""
    images = blobs(60, SHAPE, seed=6)
    images[:, 1:4, 8:11] = 1.0
    return np.clip(images, 0.0, 1.0)
