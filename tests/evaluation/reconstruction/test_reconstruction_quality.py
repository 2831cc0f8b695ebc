import numpy as np
import pytest
from sample_data import blobs

import keras_genae as genae
from keras_genae.evaluation.reconstruction import reconstruction_mse, reconstruction_quality
from keras_genae.evaluation.reconstruction.psnr import psnr
from keras_genae.evaluation.reconstruction.ssim import ms_ssim, ssim


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


@pytest.mark.parametrize("batch_size", [2, 1000])
def test_quality_is_the_mean_of_each_measure_whatever_the_batches(model, batch_size):
    # With two images a batch a stretch holds 128, so that there are two stretches.
    x = blobs(130, (12, 12, 1))
    back = model.reconstruct(x)
    quality = reconstruction_quality(model, x, batch_size=batch_size, verbose=0)
    assert quality == pytest.approx(
        {
            "mse": np.mean(np.square(back - x)),
            "psnr": np.mean(psnr(x, back)),
            "ssim": np.mean(ssim(x, back)),
            "ms_ssim": np.mean(ms_ssim(x, back)),
        },
        rel=1e-5,
    )


def test_vectors_have_a_squared_error_only():
    model = genae.Autoencoder((4,), latent_dim=2, widths=(3,), seed=0)
    x = np.random.default_rng(0).normal(size=(10, 4)).astype("float32")
    assert reconstruction_quality(model, x) == {"mse": reconstruction_mse(model, x)}


@pytest.mark.parametrize(
    ("target", "named"),
    [
        (np.zeros((9, 12, 12, 1), "float32"), "10 and 9 examples"),
        (np.zeros((10, 12, 12, 3), "float32"), "target.shape"),
        (np.full((10, 12, 12, 1), np.nan, "float32"), "`target` holds numbers"),
    ],
)
def test_a_target_that_does_not_pair_is_refused(model, target, named):
    for measure in (reconstruction_mse, reconstruction_quality):
        with pytest.raises(ValueError, match=named):
            measure(model, blobs(10, (12, 12, 1)), target)
