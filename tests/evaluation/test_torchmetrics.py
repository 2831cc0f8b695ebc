"""The same numbers as torchmetrics, where PyTorch and it are installed."""

import numpy as np
import pytest
from sample_data import blobs

from keras_genae.evaluation.generation.frechet import frechet_distance
from keras_genae.evaluation.generation.kernel_distance import kernel_distance
from keras_genae.evaluation.reconstruction.psnr import psnr
from keras_genae.evaluation.reconstruction.ssim import ssim

torch = pytest.importorskip("torch")
fid = pytest.importorskip("torchmetrics.image.fid")
kid = pytest.importorskip("torchmetrics.image.kid")
functional = pytest.importorskip("torchmetrics.functional.image")
pytestmark = pytest.mark.slow


def in_torch(images):
    return torch.from_numpy(np.moveaxis(images, -1, 1).copy())


def pairs(shape=(40, 48, 3), count=5):
    a = blobs(count, shape)
    noise = np.random.default_rng(1).normal(0, 0.1, a.shape)
    return a, np.clip(a + noise, 0, 1).astype("float32")


def test_structural_similarity():
    a, b = pairs()
    _, windows = functional.structural_similarity_index_measure(
        in_torch(b), in_torch(a), data_range=1.0, reduction="none", return_full_image=True
    )
    # Theirs also counts windows that hang over the border, where the image is reflected.
    within = windows[..., 5:-5, 5:-5].mean(dim=(1, 2, 3))
    np.testing.assert_allclose(ssim(a, b), within, atol=1e-4)


def test_peak_signal_to_noise_ratio():
    a, b = pairs()
    theirs = functional.peak_signal_noise_ratio(
        in_torch(b), in_torch(a), data_range=1.0, reduction="none", dim=(1, 2, 3)
    )
    np.testing.assert_allclose(psnr(a, b), theirs, rtol=1e-4)


class Flat(torch.nn.Module):
    """Pixels as features: what the distances are measured in is not what is compared here."""

    num_features = 3 * 8 * 8

    def forward(self, x):
        return x.reshape(len(x), -1).double()


@pytest.mark.parametrize("name", ["frechet", "kernel"])
def test_distances_of_distributions(name):
    real, generated = blobs(400, (8, 8, 3)), 0.8 * blobs(400, (8, 8, 3), seed=1)
    flat = [x.reshape(400, -1).astype("float64") for x in (real, generated)]
    if name == "frechet":
        metric = fid.FrechetInceptionDistance(feature=Flat(), normalize=False)
    else:
        metric = kid.KernelInceptionDistance(feature=Flat(), subsets=1, subset_size=400)
    for x, is_real in ((real, True), (generated, False)):
        # Both take bytes or floats to an Inception network; a network of one's own sees them raw.
        metric.update(in_torch(x), real=is_real)
    theirs = metric.compute()
    if name == "frechet":
        assert frechet_distance(*flat) == pytest.approx(float(theirs), rel=1e-3)
    else:
        ours, _ = kernel_distance(*flat, subsets=1, subset_size=400)
        # Theirs is a mean over all pairs of the two sets, and over the pairs within each.
        assert ours == pytest.approx(float(theirs[0]), rel=1e-3)
