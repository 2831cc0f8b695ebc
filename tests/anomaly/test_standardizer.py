import numpy as np

from keras_genae.anomaly.standardizer import Standardizer


def test_training_data_come_out_with_mean_0_and_deviation_1(rng):
    x = rng.normal([1e6, -3.0], [1e3, 1e-4], (500, 2))
    y = Standardizer().fit(x)(x)
    np.testing.assert_allclose(y.mean(axis=0), 0.0, atol=1e-4)
    np.testing.assert_allclose(y.std(axis=0), 1.0, rtol=1e-4)
    assert y.dtype == "float32"


def test_a_constant_feature_keeps_its_unit():
    # The sum of a thousand tenths is not exact, nor is its deviation.
    x = np.full((1000, 2), [0.1, 0.0])
    standardize = Standardizer().fit(x)
    np.testing.assert_allclose(standardize(x), 0.0, atol=1e-9)
    np.testing.assert_allclose(standardize(x + 2.0), np.arcsinh(2.0), rtol=1e-6)


def test_order_stays_and_a_heavy_tail_does_not_squeeze_the_rest(rng):
    x = np.sort(rng.standard_cauchy((2000, 1)), axis=0)
    y = Standardizer().fit(x)(x)
    assert (np.diff(y[:, 0]) >= 0.0).all()
    # Divided by its deviation alone, a Cauchy sample has its middle half within a hundredth or so.
    low, high = np.quantile(y, [0.25, 0.75])
    assert high - low > 0.3 and np.abs(y).max() < 30.0


def test_units_do_not_matter(rng):
    x = rng.standard_t(2, (300, 2))
    scale, shift = np.array([1e6, -1e-3]), np.array([1e3, 5.0])
    y = Standardizer().fit(scale * x + shift)(scale * x + shift)
    np.testing.assert_allclose(y, np.sign(scale) * Standardizer().fit(x)(x), atol=1e-4)
