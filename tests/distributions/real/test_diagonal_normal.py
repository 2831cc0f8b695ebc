import math

import keras
import numpy as np
import pytest
from keras import ops

from keras_genae.distributions import DiagonalNormal


def kl_by_hand(mean, log_var, prior_mean=0.0, prior_log_var=0.0):
    """KL between normals in float64, written as in a textbook: log σ₂/σ₁ + (σ₁² + Δ²)/2σ₂² − ½."""
    s1, s2 = np.exp(0.5 * np.float64(log_var)), np.exp(0.5 * np.float64(prior_log_var))
    distance = np.square(np.float64(mean) - prior_mean)
    return (np.log(s2 / s1) + (s1**2 + distance) / (2 * s2**2) - 0.5).sum(-1)


@pytest.fixture
def moments(rng):
    return rng.normal(0, 2, (5, 3)).astype("float32"), rng.normal(0, 1, (5, 3)).astype("float32")


def test_kl_to_the_standard_normal_is_the_closed_form(moments):
    np.testing.assert_allclose(DiagonalNormal(*moments).kl(), kl_by_hand(*moments), rtol=1e-5)


def test_kl_of_the_prior_to_itself_is_zero():
    assert np.all(ops.convert_to_numpy(DiagonalNormal.standard(7).kl()) == 0.0)


def test_kl_of_what_is_nearly_the_prior_is_never_negative_and_keeps_its_digits(rng):
    mean, log_var = (1e-4 * rng.normal(size=(2, 1000, 50))).astype("float32")
    per_unit = ops.convert_to_numpy(DiagonalNormal(mean, log_var).kl_per_unit())
    assert per_unit.min() >= 0.0
    wide = [np.float64(moment) for moment in (mean, log_var)]
    expected = 0.5 * (wide[0] ** 2 + np.expm1(wide[1]) - wide[1])
    np.testing.assert_allclose(per_unit, expected, atol=1e-10)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_kl_to_another_prior_is_the_closed_form(moments, rng, dtype):
    prior = rng.normal(0, 1, (3,)).astype(dtype), rng.normal(0, 1, (3,)).astype(dtype)
    kl = DiagonalNormal(*moments).kl(DiagonalNormal(*prior))
    expected = kl_by_hand(*moments, *(p.astype("float64") for p in prior))
    assert keras.backend.standardize_dtype(kl.dtype) == "float32"
    np.testing.assert_allclose(kl, expected, rtol=1e-5)


def test_kl_is_what_monte_carlo_says(moments):
    # KL(q ‖ p) = E_q[log q(z) − log p(z)], with 40,000 draws of each of 5 posteriors.
    mean, log_var = moments
    many = DiagonalNormal(
        np.broadcast_to(mean, (40_000, 5, 3)), np.broadcast_to(log_var, (40_000, 5, 3))
    )
    prior = DiagonalNormal(np.float32([0.5, 0.0, -1.0]), np.float32([1.0, 0.5, 2.0]))
    z = many.sample(seed=0)
    ratio = ops.convert_to_numpy(many.log_prob(z) - prior.log_prob(z))
    error = ratio.std(axis=0) / math.sqrt(len(ratio))
    exact = ops.convert_to_numpy(DiagonalNormal(mean, log_var).kl(prior))
    # Five standard errors: false alarm less often than once in a million.
    assert np.all(np.abs(ratio.mean(axis=0) - exact) < 5 * error)


def test_kl_is_the_sum_of_the_kl_of_the_units(moments):
    posterior = DiagonalNormal(*moments)
    per_unit = ops.convert_to_numpy(posterior.kl_per_unit())
    assert per_unit.shape == (5, 3)
    np.testing.assert_allclose(posterior.kl(), per_unit.sum(-1), rtol=1e-6)


def test_log_prob_is_the_product_of_univariate_densities(moments, rng):
    z = rng.normal(0, 2, (5, 3))
    mean, log_var = (m.astype("float64") for m in moments)
    sigma = np.exp(log_var / 2)
    density = np.exp(-0.5 * ((z - mean) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))
    log_prob = DiagonalNormal(*moments).log_prob(z)
    np.testing.assert_allclose(log_prob, np.log(density).sum(-1), rtol=1e-4)


def test_draws_have_the_mean_and_deviation_asked_for():
    mean, log_var = np.full((200_000, 2), [3.0, -1.0]), np.full((200_000, 2), [2.0, -4.0])
    posterior = DiagonalNormal(mean, log_var)
    z = ops.convert_to_numpy(posterior.sample(seed=1))
    np.testing.assert_allclose(z.mean(0), [3.0, -1.0], atol=0.03)
    np.testing.assert_allclose(z.std(0), [math.e, math.exp(-2)], rtol=0.01)
    np.testing.assert_allclose(ops.convert_to_numpy(posterior.stddev)[0], z.std(0), rtol=0.01)


def test_half_precision_inputs_give_float32_numbers():
    half = DiagonalNormal(np.full((4, 2), 1.5, "float16"), np.full((4, 2), 11.5, "float16"))
    # exp(11.5) overflows float16.
    for value in (half.kl(), half.log_prob(np.zeros((4, 2), "float16")), half.stddev):
        assert keras.backend.standardize_dtype(value.dtype) == "float32"
        assert np.isfinite(ops.convert_to_numpy(value)).all()
    assert keras.backend.standardize_dtype(half.sample(seed=0).dtype) == "float32"
    np.testing.assert_allclose(half.kl(), kl_by_hand(*[np.full((4, 2), v) for v in (1.5, 11.5)]))


def test_active_units_are_those_whose_mean_varies(rng):
    mean = rng.normal(0, 1, (2000, 3)) * [1.0, 0.05, 0.3] + [0.0, 5.0, 1.0]
    posterior = DiagonalNormal(mean, np.zeros_like(mean))
    # Variances 1, 0.0025 and 0.09 against the paper's threshold of 0.01, then another.
    assert ops.convert_to_numpy(posterior.active_units()).tolist() == [True, False, True]
    assert ops.convert_to_numpy(posterior.active_units(0.5)).tolist() == [True, False, False]


def test_kl_per_unit_is_never_negative_and_keeps_its_digits_near_the_prior():
    # exp(r) − r − 1 is −6e-8 where it should be +5e-13.
    log_var = np.concatenate([np.linspace(-s, s, 2001) for s in (1e-6, 1e-4, 1e-2, 1.0)])
    log_var = log_var.astype("float32")[:, None]
    kl = ops.convert_to_numpy(DiagonalNormal(np.zeros_like(log_var), log_var).kl_per_unit())
    assert (kl >= 0.0).all()
    exact = kl_by_hand(np.zeros_like(log_var), log_var)
    np.testing.assert_allclose(kl[:, 0], exact, rtol=1e-3, atol=1e-9)


def is_dead(mean, log_var):
    """Whether the unit is dead, for each of the units `(n, units)`."""
    return ops.convert_to_numpy(DiagonalNormal(mean, log_var).dead_units()).tolist()


def test_dead_units_are_active_ones_reversed_where_the_codes_fill_the_standard_normal(rng):
    # Variance of the means v, σ² = 1 − v: on both sides of the paper's 0.01.
    variance = np.array([0.5, 0.012, 0.008, 0.0])
    mean = rng.normal(size=(100_000, 4)) * np.sqrt(variance)
    log_var = np.broadcast_to(np.log(1.0 - variance), mean.shape)
    assert is_dead(mean, log_var) == [False, False, True, True]
    active = DiagonalNormal(mean, log_var).active_units()
    assert ops.convert_to_numpy(active).tolist() == [True, True, False, False]


def test_whether_a_unit_is_dead_depends_on_no_scale_and_no_offset(rng):
    mean = rng.normal(size=(1000, 2)) * [1.0, 0.0]
    for scale in (1e-4, 1e-2, 1.0, 1e3):
        for offset in (0.0, 3.0):
            log_var = np.full_like(mean, 2.0 * np.log(scale))
            assert is_dead(scale * (mean + offset), log_var) == [False, True]


def test_a_unit_that_speaks_by_its_deviation_is_not_dead():
    log_var = np.array([[-1.0], [1.0]] * 10)
    assert is_dead(np.zeros_like(log_var), log_var) == [False]


def test_one_example_tells_nothing():
    assert is_dead(np.array([[1.0, -2.0]]), np.array([[-20.0, 20.0]])) == [True, True]


def test_the_product_of_two_normals_is_proportional_to_a_normal(moments, rng):
    one = DiagonalNormal(*moments)
    other = DiagonalNormal(*(part[::-1] for part in moments))
    product, z = one.times(other), rng.normal(size=(40, 5, 3))
    # log N₁(z) + log N₂(z) − log N(z) does not depend on z.
    log_prob = [np.float64(part.log_prob(z)) for part in (one, other, product)]
    constant = log_prob[0] + log_prob[1] - log_prob[2]
    np.testing.assert_allclose(constant, np.broadcast_to(constant[:1], constant.shape), atol=1e-3)


def test_a_factor_that_knows_nothing_changes_nothing(moments):
    knows_nothing = DiagonalNormal(np.full((5, 3), 1e4, "float32"), np.full((5, 3), 80.0))
    product = DiagonalNormal(*moments).times(knows_nothing)
    np.testing.assert_allclose(product.mean, moments[0], rtol=1e-6)
    np.testing.assert_allclose(product.log_var, moments[1], rtol=1e-6)
    # Nor do extreme precisions overflow.
    sure = DiagonalNormal(np.zeros((1, 1)), np.full((1, 1), -90.0))
    both = sure.times(DiagonalNormal(np.ones((1, 1)), np.full((1, 1), -90.0)))
    assert float(both.mean[0, 0]) == 0.5
