import numpy as np
import pytest
import scipy.stats
from keras import ops

from keras_genae.distributions import DiagonalNormal, Joint, RelaxedCategorical
from keras_genae.noise import ExampleSeeds

LOGITS = np.log(np.array([0.5, 0.3, 0.15, 0.05])).astype("float32")


def test_the_largest_entry_is_a_draw_of_the_class():
    # The Gumbel trick, at any temperature.
    logits = np.broadcast_to(LOGITS, (20_000, 4))
    for temperature, seed in ((0.1, 0), (2.0, 1)):
        draws = ops.convert_to_numpy(RelaxedCategorical(logits, temperature).sample(seed))
        np.testing.assert_allclose(draws.sum(1), 1.0, rtol=1e-5)
        counts = np.bincount(draws.argmax(1), minlength=4)
        expected = 20_000 * np.exp(np.float64(LOGITS))
        expected *= 20_000 / expected.sum()
        assert scipy.stats.chisquare(counts, expected).pvalue > 1e-3


def test_towards_temperature_zero_a_draw_is_a_one_hot_row():
    logits = np.broadcast_to(LOGITS, (1000, 4))
    sharp = np.asarray(RelaxedCategorical(logits, 0.01).sample(0)).max(1)
    soft = np.asarray(RelaxedCategorical(logits, 5.0).sample(0)).max(1)
    assert np.mean(sharp > 0.99) > 0.95 and soft.mean() < 0.6


def test_two_classes_have_the_density_of_the_concrete_distribution():
    # Maddison et al. 2017: the logit of a binary draw is (log odds + logistic) / temperature.
    logits = np.broadcast_to(np.float32([1.0, 0.0]), (5000, 2))
    draws = np.asarray(RelaxedCategorical(logits, 0.5).sample(3), "float64")
    logit = np.log(draws[:, 0]) - np.log(draws[:, 1])
    expected = scipy.stats.logistic(loc=1.0 / 0.5, scale=1.0 / 0.5)
    assert scipy.stats.kstest(logit, expected.cdf).pvalue > 1e-3


def test_the_kl_is_that_of_the_classes():
    p = np.exp(LOGITS) / np.exp(LOGITS).sum()
    posterior = RelaxedCategorical(LOGITS[None])
    assert float(posterior.kl()[0]) == pytest.approx(np.sum(p * np.log(4 * p)), rel=1e-5)
    q = np.array([0.1, 0.2, 0.3, 0.4])
    prior = RelaxedCategorical(np.log(q)[None])
    assert float(posterior.kl(prior)[0]) == pytest.approx(np.sum(p * np.log(p / q)), rel=1e-5)
    # Of a class that is certain, all there is to tell.
    certain = RelaxedCategorical(np.float32([[1e4, 0.0, 0.0]]))
    assert float(certain.kl()[0]) == pytest.approx(np.log(3), rel=1e-6)


def test_a_joint_distribution_is_its_parts():
    normal = DiagonalNormal(np.ones((2, 3), "float32"), np.full((2, 3), -1.0, "float32"))
    classes = RelaxedCategorical(np.broadcast_to(LOGITS, (2, 4)))
    joint = Joint(normal, classes)
    np.testing.assert_allclose(joint.mean, np.concatenate([normal.mean, classes.mean], 1))
    prior = Joint(DiagonalNormal.standard(3), RelaxedCategorical(np.zeros(4)))
    np.testing.assert_allclose(joint.kl(prior), normal.kl() + classes.kl(), rtol=1e-6)
    draw = np.asarray(joint.sample(ExampleSeeds(np.arange(2))))
    again = np.asarray(joint.sample(ExampleSeeds(np.arange(2))))
    assert draw.shape == (2, 7) and np.array_equal(draw, again)
    np.testing.assert_allclose(draw[:, 3:].sum(1), 1.0, rtol=1e-5)
    assert [p.shape for p in joint.parameters] == [(2, 3), (2, 3), (2, 4)]
