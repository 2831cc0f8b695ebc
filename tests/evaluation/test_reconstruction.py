import numpy as np
import pytest
from sample_data import blobs

import keras_genae as genae
from keras_genae.evaluation import reconstruction_mse


@pytest.fixture(scope="module")
def model():
    return genae.ConvAE((12, 12, 1), latent_dim=2, widths=(8,), seed=0)


def test_it_is_the_mean_over_all_entries_whatever_the_batches(model):
    x = blobs(130, (12, 12, 1))
    by_hand = np.mean(np.square(model.reconstruct(x) - x))
    for batch_size in (1, 64, 1000):
        assert reconstruction_mse(model, x, batch_size=batch_size, verbose=0) == pytest.approx(
            by_hand, rel=1e-5
        )


def test_bytes_count_as_grey_levels_from_0_to_1(model):
    x = np.rint(255 * blobs(10, (12, 12, 1))).astype("uint8")
    floats = x / np.float32(255)
    assert reconstruction_mse(model, x) == pytest.approx(reconstruction_mse(model, floats))


def test_another_target(model):
    x = blobs(10, (12, 12, 1))
    by_hand = np.mean(np.square(model.reconstruct(x) - (1 - x)))
    assert reconstruction_mse(model, x, 1 - x) == pytest.approx(by_hand, rel=1e-5)
