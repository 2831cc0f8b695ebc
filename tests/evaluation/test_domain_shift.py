import keras
import numpy as np
import pytest
from scipy.stats import kstest

import keras_genae as genae
from keras_genae.evaluation.domain_shift import domain_shift, mmd_test, outlier_share
from keras_genae.evaluation.likelihood import distortion


@pytest.fixture(scope="module")
def model():
    """Keeps the first two of three features, loses the third."""
    encode, decode = (keras.layers.Dense(size, use_bias=False) for size in (2, 3))
    model = genae.Autoencoder(
        encoder=keras.Sequential([keras.Input((3,)), encode]),
        decoder=keras.Sequential([keras.Input((2,)), decode]),
    )
    encode.set_weights([np.eye(3, 2, dtype="float32")])
    decode.set_weights([np.eye(2, 3, dtype="float32")])
    return model


def draw(rng, count, shift=(0.0, 0.0, 0.0)):
    return (rng.normal(size=(count, 3)) + shift).astype("float32")


def test_the_p_value_of_the_codes_is_uniform_where_both_are_of_one_kind(rng):
    permutations = 99
    p_values = [
        mmd_test(rng.normal(size=(20, 3)), rng.normal(size=(30, 3)), permutations, rng)[1]
        for _ in range(1000)
    ]
    # Exact p-values are uniform on 1/100, 2/100, … 1; spread within their steps, on [0, 1].
    spread = np.array(p_values) - rng.random(len(p_values)) / (permutations + 1)
    assert kstest(spread, "uniform").pvalue > 0.01


def test_false_alarms_are_as_rare_as_asked_for(model, rng):
    p_values = np.array(
        [
            domain_shift(model, draw(rng, 25), draw(rng, 40), permutations=99, seed=i).p_value
            for i in range(300)
        ]
    )
    # Bonferroni of two nearly independent tests: a little below the level.
    for alpha in (0.05, 0.2, 0.5):
        expected = 1.0 - (1.0 - 0.5 * alpha) ** 2
        deviation = np.sqrt(expected * (1.0 - expected) / len(p_values))
        assert abs(np.mean(p_values <= alpha) - expected) < 3.5 * deviation


def test_the_statistic_is_the_unbiased_mmd(rng):
    a, b = rng.normal(size=(7, 2)), rng.normal(1.0, 1.0, size=(9, 2))
    both = np.concatenate([a, b])
    pairs = [np.sum((u - v) ** 2) for i, u in enumerate(both) for v in both[:i]]

    def mean_kernel(left, right):
        values = [
            np.exp(-np.sum((u - v) ** 2) / (2.0 * np.median(pairs)))
            for u in left
            for v in right
            if u is not v
        ]
        return np.mean(values)

    a, b = list(a), list(b)
    expected = mean_kernel(a, a) + mean_kernel(b, b) - 2.0 * mean_kernel(a, b)
    assert mmd_test(np.array(a), np.array(b), 9, rng)[0] == pytest.approx(expected, rel=1e-9)


def test_samples_without_any_difference_are_no_shift(rng):
    statistic, p_value = mmd_test(np.ones((12, 2)), np.ones((15, 2)), 99, rng)
    assert abs(statistic) < 1e-12 and p_value == 1.0


def test_a_shift_of_the_codes_is_found(model, rng):
    shift = domain_shift(model, draw(rng, 60, (1.0, 0.0, 0.0)), draw(rng, 80))
    assert shift.code_p_value < 0.005 and shift.is_shifted and shift.statistic > 0.02
    assert shift.distortion_p_value > 0.01
    assert str(shift).startswith("Of another kind than the reference (p = 0.00")


def test_a_shift_that_the_codes_do_not_see_is_found_by_the_distortion(model, rng):
    x = draw(rng, 60, (0.0, 0.0, 3.0))
    shift = domain_shift(model, x, draw(rng, 80))
    assert shift.code_p_value > 0.01
    assert shift.distortion_p_value < 1e-10 and shift.is_shifted
    assert shift.p_value == 2.0 * shift.distortion_p_value
    assert shift.outlier_share > 0.6
    np.testing.assert_array_equal(shift.distortion, distortion(model, x))
    assert shift.worst[0] == np.argmax(np.abs(x[:, 2])) and len(set(shift.worst)) == 60


def test_data_of_the_same_kind_are_no_shift(model, rng):
    shift = domain_shift(model, draw(rng, 400), draw(rng, 400))
    assert not shift.is_shifted and str(shift).startswith("No shift found (p = ")
    assert shift.outlier_share == pytest.approx(0.05, abs=0.04)
    assert shift.p_value == pytest.approx(
        min(1.0, 2.0 * min(shift.code_p_value, shift.distortion_p_value))
    )


@pytest.mark.parametrize("references", [10, 19, 50, 333])
@pytest.mark.parametrize("digits", [12, 0])
def test_outliers_are_as_many_as_said_however_few_the_references(rng, references, digits):
    # With no digits after the point many are equal.
    values = rng.normal(size=(4000, references + 30)).round(digits)
    shares = [outlier_share(row[references:], row[:references], 0.05) for row in values]
    assert np.mean(shares) == pytest.approx(0.05, abs=4.0 * np.std(shares) / np.sqrt(len(shares)))


def test_what_is_beyond_all_references_is_an_outlier(rng):
    for references in (10, 19, 100):
        share = outlier_share(np.full(8, 9.0), rng.normal(size=references), 0.05)
        assert share == pytest.approx(min(1.0, (references + 1) / 20))
    assert outlier_share(np.full(8, -9.0), rng.normal(size=50), 0.05) == 0.0


def test_large_data_are_compared_by_some_of_them(model, rng):
    x, reference = draw(rng, 300, (1.5, 0.0, 0.0)), draw(rng, 500)
    some = domain_shift(model, x, reference, max_examples=30)
    assert some.is_shifted and len(some.distortion) == 300
    again = domain_shift(model, x, reference, max_examples=30)
    assert (again.p_value, again.statistic) == (some.p_value, some.statistic)
    assert domain_shift(model, x, reference, max_examples=30, seed=1).statistic != some.statistic


def test_it_takes_a_vae_and_bytes(rng):
    model = genae.ConvVAE((8, 8, 1), latent_dim=2, widths=(4,), seed=0)
    x = rng.integers(0, 256, (40, 8, 8, 1)).astype("uint8")
    same = domain_shift(model, x[:20], x[20:])
    dark = domain_shift(model, x[:20] // 8, x[20:])
    assert dark.is_shifted and dark.p_value < same.p_value


def test_mistakes_are_named(model, rng):
    x = draw(rng, 20)
    with pytest.raises(ValueError, match=r"`x` must hold at least 10 examples.*Received: 9"):
        domain_shift(model, x[:9], x)
    with pytest.raises(ValueError, match="`reference` must hold at least 10 examples"):
        domain_shift(model, x, x[:9])
    with pytest.raises(ValueError, match="take at least 40"):
        domain_shift(model, x, x, permutations=30)
    with pytest.raises(ValueError, match="`alpha` must lie between 0 and 1"):
        domain_shift(model, x, x, alpha=1.0)
    with pytest.raises(ValueError, match="not finite"):
        domain_shift(model, np.full_like(x, np.nan), x)
    with pytest.raises(ValueError, match=r"shape \(batch, 3\)"):
        domain_shift(model, x[:, :2], x)
