import numpy as np
import pytest
from keras import ops
from scipy import special

from keras_genae.distributions.saddle_point import deviance, stirling_error


def test_the_error_of_stirlings_formula_is_that_of_scipys_log_gamma():
    x = np.geomspace(1e-6, 1e4, 400).astype("float32")
    exact = np.float64(x)
    expected = special.gammaln(exact + 1) - (exact + 0.5) * np.log(exact) + exact
    expected -= 0.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(stirling_error(x), expected, rtol=2e-6, atol=1e-6)


def test_far_out_it_is_one_over_twelve_x():
    x = np.float32([1e4, 1e6, 1e8])
    np.testing.assert_allclose(stirling_error(x), 1 / (12.0 * x), rtol=1e-5)


@pytest.mark.parametrize("mean", [1e-30, 1e-3, 1.0, 99.0, 1e6])
def test_the_deviance_keeps_its_digits_near_the_mean_and_far_from_it(mean):
    log_mean = np.float32(np.log(mean))
    mean = ops.convert_to_numpy(ops.exp(log_mean))
    x = np.float32([0.0, 1e-3, 1.0, 50.0, 1e4, 1e7])
    x = np.concatenate([x, mean * np.float32([1.0, 1.0001, 0.999, 1.4, 1.6, 0.4])])
    exact = np.float64(x)
    expected = special.xlogy(exact, exact / np.float64(mean)) - exact + mean
    found = ops.convert_to_numpy(deviance(x, mean, log_mean))
    off = np.abs(exact - mean)
    assert (np.abs(found - expected) <= 1e-6 * (np.abs(expected) + off) + 1e-30).all()
