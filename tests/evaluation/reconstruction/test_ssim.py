import numpy as np
import pytest
import tensorflow as tf
from sample_data import blobs

from keras_genae.evaluation.reconstruction.psnr import psnr
from keras_genae.evaluation.reconstruction.ssim import ms_ssim, ssim

SIZES = [(8, 8, 1), (9, 13, 3), (28, 28, 1), (45, 28, 3), (64, 64, 3)]


def pairs(shape, count=6, noise=0.1):
    a = blobs(count, shape)
    b = np.clip(a + np.random.default_rng(1).normal(0, noise, a.shape), 0, 1)
    return a, b.astype("float32")


@pytest.mark.parametrize("shape", [(28, 28, 1), (45, 28, 3), (64, 64, 3)])
def test_ssim_is_that_of_tensorflow_where_that_works(shape):
    a, b = pairs(shape)
    np.testing.assert_allclose(ssim(a, b), tf.image.ssim(a, b, 1.0).numpy(), atol=1e-4)


def test_ms_ssim_is_that_of_tensorflow_where_that_works():
    a, b = pairs((176, 192, 1), count=2)
    theirs = tf.image.ssim_multiscale(a, b, 1.0).numpy()
    np.testing.assert_allclose(ms_ssim(a, b), theirs, atol=1e-4)


@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("measure", [ssim, ms_ssim])
def test_at_any_size_more_noise_is_less_similar(measure, shape):
    a, b = pairs(shape)
    worse = measure(*pairs(shape, noise=0.4))
    np.testing.assert_allclose(measure(a, a), 1.0)
    np.testing.assert_allclose(measure(a, b), measure(b, a))
    assert np.all(worse < measure(a, b)) and np.all(measure(a, b) < 0.999)


@pytest.mark.parametrize("measure", [ssim, ms_ssim, psnr])
def test_an_image_does_not_depend_on_its_neighbours_or_its_type(measure):
    a, b = (np.rint(255 * x).astype("uint8") for x in pairs((28, 28, 3), count=140))
    together = measure(a, b)
    np.testing.assert_allclose(measure(a[-1:], b[-1:]), together[-1:])
    np.testing.assert_allclose(measure(a / 255.0, b / 255.0), together, rtol=1e-5)


def test_inverted_patterns_are_negative_and_cut_off_at_several_scales():
    a = np.random.default_rng(0).random((3, 16, 16, 1))
    assert np.all(ssim(a, 1 - a) < 0)
    np.testing.assert_array_equal(ms_ssim(a, 1 - a), 0.0)


def test_psnr_by_hand():
    a = np.zeros((2, 8, 8, 1))
    np.testing.assert_allclose(
        psnr(a, a + np.array([[[[0.1]]], [[[1.0]]]])), [20.0, 0.0], atol=1e-5
    )
    assert np.all(np.isinf(psnr(a, a)))


@pytest.mark.parametrize("measure", [ssim, ms_ssim, psnr])
def test_what_is_no_pair_of_images_is_refused(measure):
    images = np.zeros((2, 8, 8, 1))
    for other, named in [
        (np.zeros((2, 8, 9, 1)), "the same shape"),
        (np.full((2, 8, 8, 1), np.nan), "not finite"),
        (np.full((2, 8, 8, 1), 9.0), "must lie between"),
    ]:
        with pytest.raises(ValueError, match=named):
            measure(images, other)
    with pytest.raises(ValueError, match="at least 8 pixels"):
        measure(images[:, :7], images[:, :7])
