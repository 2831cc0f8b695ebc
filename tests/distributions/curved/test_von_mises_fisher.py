"""Von Mises–Fisher against SciPy, numerical integration, and the draws themselves."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate, special, stats

from keras_genae.distributions import UniformSphere, VonMisesFisher
from keras_genae.distributions.curved.bessel import log_bessel_and_ratio
from keras_genae.distributions.curved.von_mises_fisher import angle_slope, draw_angle
from keras_genae.noise import ExampleSeeds

KAPPAS = np.array([1e-4, 0.01, 0.1, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 1e4], "float32")


@pytest.mark.parametrize("order", [0, 0.5, 1, 4, 15.5, 16, 24.5, 60])
def test_the_bessel_functions_are_scipys(order):
    kappas = KAPPAS[special.ive(order + 1, KAPPAS.astype("float64")) > 1e-300]  # It underflows.
    scaled, rest = log_bessel_and_ratio(order, kappas)
    kappa = kappas.astype("float64")
    ive = special.ive(order, kappa)
    expected = -np.log(ive) - special.gammaln(order + 1) - order * np.log(2 / kappa)
    np.testing.assert_allclose(scaled, expected, rtol=2e-6, atol=2e-6)
    expected = kappa * (1.0 - special.ive(order + 1, kappa) / ive)
    np.testing.assert_allclose(rest, expected, rtol=3e-6)


def test_the_bessel_functions_begin_at_0_and_have_a_gradient_there():
    kappa = tf.zeros((1,))
    with tf.GradientTape() as tape:
        tape.watch(kappa)
        scaled, rest = log_bessel_and_ratio(1.5, kappa)
    assert abs(float(scaled[0])) < 1e-6 and float(rest[0]) == 0.0
    assert float(tape.gradient(scaled, kappa)[0]) == pytest.approx(1.0, rel=1e-5)  # 1 − A(0)


def test_log_prob_is_scipys(rng):
    mean = rng.normal(size=5)
    mean /= np.linalg.norm(mean)
    z = stats.uniform_direction(5, seed=1).rvs(20)
    for kappa in (0.1, 3.0, 200.0):
        found = VonMisesFisher(mean[None], np.array([[kappa]])).log_prob(z)
        expected = stats.vonmises_fisher(mean, kappa).logpdf(z)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(("m", "kappa"), [(2, 0.0), (2, 4.0), (3, 50.0), (6, 20.0)])
def test_the_density_adds_up_to_1_and_the_kl_is_its_integral(m, kappa):
    mean = np.eye(m)[:1]
    vmf, uniform = VonMisesFisher(mean, np.array([[kappa]])), UniformSphere(m)
    theta = np.linspace(0.0, np.pi, 4001)
    z = np.cos(theta)[:, None] * mean + np.sin(theta)[:, None] * np.eye(m)[1:2]
    # The points at an angle form a sphere of one dimension less.
    area = np.exp(UniformSphere(m - 1).log_area) if m > 2 else 2.0
    log_prob = np.float64(vmf.log_prob(z))
    weight = np.exp(log_prob) * area * np.sin(theta) ** (m - 2)
    assert integrate.simpson(weight, x=theta) == pytest.approx(1.0, abs=1e-5)
    kl = integrate.simpson(weight * (log_prob + uniform.log_area), x=theta)
    assert vmf.has_kl(uniform)
    assert float(vmf.kl(uniform)[0]) == pytest.approx(kl, abs=2e-5)


@pytest.mark.parametrize(("m", "kappa"), [(2, 0.5), (3, 5.0), (6, 200.0), (20, 30.0), (3, 1e4)])
def test_angles_are_drawn_exactly_and_move_along_their_quantiles(m, kappa):
    count = 5000
    kappas = np.full((count, 1), kappa, "float32")
    drawn = np.float64(draw_angle(kappas, ExampleSeeds(np.arange(count), 1), m, count))[:, 0]
    theta = np.linspace(0.0, min(np.pi, 12 * np.sqrt(m / kappa)), 100_001)[1:]

    def distribution(kappa):
        log_density = kappa * (np.cos(theta) - 1) + (m - 2) * np.log(np.abs(np.sin(theta)) + 1e-300)
        density = np.exp(log_density - log_density.max())
        total = integrate.cumulative_trapezoid(density, theta, initial=0.0)
        return total / total[-1]

    placed = np.interp(drawn, theta, distribution(kappa))
    assert stats.kstest(placed, "uniform").pvalue > 0.01
    shares = np.array([0.05, 0.3, 0.5, 0.9, 0.99])
    step = 0.01 * kappa
    ends = [np.interp(shares, distribution(k), theta) for k in (kappa - step, kappa + step)]
    middle = np.interp(shares, distribution(kappa), theta).astype("float32")
    found = angle_slope(middle[:, None], np.full((5, 1), kappa, "float32"), m)[:, 0]
    np.testing.assert_allclose(found, (ends[1] - ends[0]) / (2 * step), rtol=5e-3)


@pytest.mark.parametrize(("m", "kappa"), [(2, 3.0), (5, 20.0)])
def test_draws_lie_on_the_sphere_around_their_mean_with_exact_gradients(m, kappa, rng):
    count = 20_000
    direction = rng.normal(size=m)
    mean = tf.constant(np.tile(direction / np.linalg.norm(direction), (count, 1)), "float32")
    kappas = tf.fill((count, 1), np.float32(kappa))
    target = tf.constant(rng.normal(size=m), "float32")
    with tf.GradientTape() as tape:
        tape.watch([mean, kappas])
        z = VonMisesFisher(mean, kappas).sample(seed=0)
        value = tf.linalg.matvec(z, target)
    np.testing.assert_allclose(np.linalg.norm(z, axis=1), 1.0, atol=1e-5)
    # E[z] = A(κ)·mean, so of targetᵀE[z] the gradients are A'(κ)·targetᵀmean and A(κ)·target.
    ratio = [special.iv(m / 2, k) / special.iv(m / 2 - 1, k) for k in (kappa, kappa + 1e-4)]
    along = float(np.dot(target, mean[0]))
    np.testing.assert_allclose(np.mean(z, axis=0), ratio[0] * mean[0], atol=0.02)
    by_mean, by_kappa = tape.gradient(value, [mean, kappas])
    slope = (ratio[1] - ratio[0]) / 1e-4
    assert np.mean(by_kappa) == pytest.approx(slope * along, abs=0.1 * slope)
    aside = np.float64(target) - along * np.float64(mean[0])  # On the sphere: beside the mean.
    found = np.mean(by_mean, axis=0)
    found = found - (found @ mean[0].numpy()) * mean[0].numpy()
    np.testing.assert_allclose(found, ratio[0] * aside, atol=0.05)


def test_a_draw_is_that_of_its_seed_whatever_the_batch():
    mean, kappa = np.tile(np.eye(3)[:1], (6, 1)), np.full((6, 1), 2.0)
    whole = VonMisesFisher(mean, kappa).sample(ExampleSeeds(np.arange(6)))
    part = VonMisesFisher(mean[4:], kappa[4:]).sample(ExampleSeeds(np.arange(4, 6)))
    np.testing.assert_allclose(part, whole[4:], atol=1e-6)


def test_of_the_uniform_distribution_all_directions_are_alike():
    z = UniformSphere(3).sample(20_000, seed=0)
    np.testing.assert_allclose(np.linalg.norm(z, axis=1), 1.0, atol=1e-5)
    assert stats.kstest(z[:, 0], stats.uniform(-1, 2).cdf).pvalue > 0.01  # Archimedes
    np.testing.assert_allclose(UniformSphere(3).log_prob(z[:2]), -np.log(4 * np.pi), rtol=1e-6)
