import itertools

import numpy as np
import pytest
from divergences_by_hand import KERNELS, mmd_by_hand
from keras import ops
from scipy.integrate import quad

from keras_genae.divergences import mmd
from keras_genae.divergences.mmd import SCALES


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("scales", [SCALES, (0.7,)])
def test_it_is_the_definition(kernel, scales, rng):
    x, y = rng.normal(size=(7, 3)), rng.normal(1.0, 2.0, size=(5, 3))
    v, w = rng.random(7), rng.random(5)
    plain = mmd_by_hand(x, y, kernel, scales)
    assert float(mmd(x, y, kernel, scales)) == pytest.approx(plain, abs=1e-6)
    weighted = mmd_by_hand(x, y, kernel, scales, v, w)
    assert float(mmd(x, y, kernel, scales, v, w)) == pytest.approx(weighted, abs=1e-6)
    assert weighted != pytest.approx(plain, abs=1e-3)


def test_a_row_of_weight_0_is_a_row_removed(rng):
    x, y = rng.normal(size=(6, 2)), rng.normal(size=(6, 2))
    weight = np.array([1, 2, 1, 0.5, 0, 0])
    expected = float(mmd(x[:4], y[:4], x_weight=weight[:4], y_weight=weight[:4]))
    x[4:], y[4:] = 1e3, -1e3
    assert float(mmd(x, y, x_weight=weight, y_weight=weight)) == pytest.approx(expected, abs=1e-6)


def test_the_mean_over_small_batches_is_the_estimate_from_all(rng):
    # A U-statistic: unbiased however small the batch, or validation would depend on its size.
    x, y = rng.normal(size=(5, 2)), rng.normal(size=(4, 2))
    whole = float(mmd(x, y))
    parts = [
        float(mmd(x[list(i)], y[list(j)]))
        for i in itertools.combinations(range(5), 2)
        for j in itertools.combinations(range(4), 3)
    ]
    assert np.mean(parts) == pytest.approx(whole, abs=1e-6)
    # Some lie below 0, as those of equal distributions must.
    assert min(parts) < 0.0


def gaussian_mean_kernel(mean, variance, width, d):
    """E exp(−r²/C) for a difference r from N(mean, variance · I)."""
    return (1 + 2 * variance / width) ** (-d / 2) * np.exp(-mean @ mean / (width + 2 * variance))


def imq_mean_kernel(mean, variance, width, d):
    """E C / (C + r²): the inverse multiquadratic is a mixture, ∫ e^(−t(1 + r²/C)) dt."""

    def integrand(t):
        return np.exp(-t) * gaussian_mean_kernel(mean, variance, width / t, d)

    return quad(integrand, 0, 60)[0]


@pytest.mark.parametrize(
    ("kernel", "mean_kernel"), [("rbf", gaussian_mean_kernel), ("imq", imq_mean_kernel)]
)
def test_normals_have_a_closed_form(kernel, mean_kernel, rng):
    d, mean, s = 3, np.array([0.5, -0.2, 0.0]), 0.6
    scales = (0.2, 1.0)
    zero = np.zeros(d)
    exact = np.mean(
        [
            mean_kernel(zero, 2 * s**2, 2 * d * scale, d)
            + mean_kernel(zero, 2.0, 2 * d * scale, d)
            - 2 * mean_kernel(mean, s**2 + 1, 2 * d * scale, d)
            for scale in scales
        ]
    )
    x, y = mean + s * rng.normal(size=(2000, d)), rng.normal(size=(2000, d))
    # A standard error of about 0.002.
    assert float(mmd(x, y, kernel, scales)) == pytest.approx(exact, abs=0.007)
    assert exact > 0.03


def test_degenerate_samples_say_nothing_or_the_right_thing():
    one, two = np.zeros((1, 2)), np.zeros((2, 2))
    assert float(mmd(one, two)) == float(mmd(two, one)) == 0.0
    assert float(mmd(two, two, x_weight=[1.0, 0.0])) == 0.0
    assert float(mmd(two, two, x_weight=[0.0, 0.0], y_weight=[0.0, 0.0])) == 0.0
    assert float(mmd(two, two)) == pytest.approx(0.0, abs=1e-6)
    # Infinitely far apart, nothing is shared: 1 + 1 − 0.
    assert float(mmd(two, two + 1e9)) == pytest.approx(2.0, abs=1e-6)


def test_gradients_are_finite_where_rows_are_equal():
    import tensorflow as tf

    x = tf.Variable(np.full((4, 2), 3.0, "float32"))
    with tf.GradientTape() as tape:
        distance = mmd(x, np.random.default_rng(0).normal(size=(4, 2)))
    gradient = ops.convert_to_numpy(tape.gradient(distance, x))
    # All are pulled the same way, towards the other sample.
    assert np.isfinite(gradient).all() and (gradient > 0.0).all()


def test_an_unknown_kernel_is_refused():
    with pytest.raises(ValueError, match=r"`kernel` must be one of 'imq', 'rbf'\. Received"):
        mmd(np.zeros((2, 2)), np.zeros((2, 2)), "linear")
