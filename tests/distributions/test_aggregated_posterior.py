import itertools
import math

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import logsumexp
from scipy.stats import norm

from keras_genae.distributions import AggregatedPosterior, DiagonalNormal


def posteriors(count, units=3, seed=0):
    rng = np.random.default_rng(seed)
    mean = rng.normal(size=(count, units))
    log_var = rng.uniform(-2.0, 0.0, (count, units))
    z = mean + np.exp(0.5 * log_var) * rng.normal(size=mean.shape)
    return DiagonalNormal(mean.astype("float32"), log_var.astype("float32")), z


def pairs(posterior, z):
    """log q(z_ij|x_m) in float64."""
    mean, stddev = np.float64(posterior.mean), np.exp(0.5 * np.float64(posterior.log_var))
    return norm.logpdf(z[:, None], mean, stddev)


def part(posterior, rows):
    return DiagonalNormal(posterior.mean[rows], posterior.log_var[rows])


def test_of_the_whole_data_set_it_is_the_mixture_of_all_posteriors():
    posterior, z = posteriors(20)
    q, log_q = AggregatedPosterior(posterior, dataset_size=20), pairs(posterior, z)
    expected = logsumexp(log_q.sum(-1), axis=1) - math.log(20)
    np.testing.assert_allclose(q.log_prob(z), expected, rtol=1e-5)
    per_unit = logsumexp(log_q, axis=1) - math.log(20)
    np.testing.assert_allclose(q.log_prob_per_unit(z), per_unit, rtol=1e-5, atol=1e-6)


def test_over_all_batches_there_are_the_density_is_that_of_the_data_set():
    posterior, z = posteriors(6)
    truth = np.exp(logsumexp(pairs(posterior, z).sum(-1), axis=1)) / 6
    found = [[] for _ in range(6)]
    for batch in itertools.combinations(range(6), 3):
        rows = list(batch)
        density = np.exp(AggregatedPosterior(part(posterior, rows), 6).log_prob(z[rows]))
        for row, value in zip(rows, density, strict=True):
            found[row].append(value)
    np.testing.assert_allclose(np.mean(found, axis=1), truth, rtol=1e-5)


def test_the_total_correlation_of_a_correlated_normal_is_found():
    # q(z) = N(0, C): means from N(0, C − s² I), posteriors of variance s².
    correlation, variance = 0.8, 0.1
    rng, count = np.random.default_rng(0), 3000
    covariance = np.array([[1.0, correlation], [correlation, 1.0]])
    mean = rng.multivariate_normal([0, 0], covariance - variance * np.eye(2), count)
    z = mean + math.sqrt(variance) * rng.normal(size=mean.shape)
    total_correlation = -0.5 * math.log(1 - correlation**2)  # 0.511 nats
    found = []
    for size, batch in ((count, count), (count, 500), (count, 100)):
        values = []
        for start in range(0, count, batch):
            rows = slice(start, start + batch)
            log_var = np.full((batch, 2), math.log(variance), "float32")
            q = AggregatedPosterior(DiagonalNormal(mean[rows], log_var), size)
            log_ratio = q.log_prob(z[rows]) - np.sum(q.log_prob_per_unit(z[rows]), axis=-1)
            values.append(np.mean(log_ratio))
        found.append(np.mean(values))
    print("total correlation", round(total_correlation, 3), np.round(found, 3))
    assert found[0] == pytest.approx(total_correlation, abs=0.03)
    assert found[1] == pytest.approx(total_correlation, abs=0.05)
    assert found[2] == pytest.approx(total_correlation, abs=0.1)


def test_an_example_of_weight_0_is_as_good_as_removed():
    posterior, z = posteriors(8)
    weight = np.array([1, 2, 0.5, 1, 3, 1, 0, 0], "float32")
    whole = AggregatedPosterior(posterior, 100, weight)
    some = AggregatedPosterior(part(posterior, slice(6)), 100, weight[:6])
    np.testing.assert_allclose(whole.log_prob(z)[:6], some.log_prob(z[:6]), rtol=1e-5)
    np.testing.assert_allclose(
        whole.log_prob_per_unit(z)[:6], some.log_prob_per_unit(z[:6]), rtol=1e-5, atol=1e-6
    )
    twice = AggregatedPosterior(posterior, 100, 2.0 * weight)
    np.testing.assert_allclose(twice.log_prob(z), whole.log_prob(z), rtol=1e-6)


@pytest.mark.parametrize(("count", "size", "weight"), [(1, 50, [1]), (1, 1, [1]), (3, 50, [0] * 3)])
def test_alone_an_example_is_the_data_set_and_gradients_are_finite(count, size, weight):
    posterior, z = posteriors(count)
    mean = tf.Variable(posterior.mean)
    with tf.GradientTape() as tape:
        one = DiagonalNormal(mean, posterior.log_var)
        log_prob = AggregatedPosterior(one, size, np.array(weight, "float32")).log_prob(z)
    np.testing.assert_allclose(log_prob, posterior.log_prob(z), rtol=1e-5)
    assert np.isfinite(tape.gradient(log_prob, mean)).all()
