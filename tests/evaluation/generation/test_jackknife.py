import numpy as np
import pytest

from keras_genae.evaluation.generation.frechet import frechet_distance
from keras_genae.evaluation.generation.jackknife import QUANTILE, jackknife_margin


def difference(x, y):
    return x.mean() - y.mean()


def test_of_a_mean_it_is_the_known_deviation(rng):
    margins = [jackknife_margin(difference, *rng.normal(size=(2, 200))) for _ in range(200)]
    known = np.sqrt(2.0 / 200)
    assert np.sqrt(np.mean(np.square(margins))) == pytest.approx(QUANTILE * known, rel=0.1)


def test_the_intervals_hold_as_often_as_they_should(rng):
    # About the mean, which leaves out the bias of the distance for 300 examples.
    distances, margins = [], []
    for _ in range(100):
        real, generated = rng.normal(size=(2, 300, 2))
        generated[:, 0] += 1.0
        distances.append(frechet_distance(real, generated))
        margins.append(jackknife_margin(frechet_distance, real, generated))
    holds = np.abs(np.array(distances) - np.mean(distances)) < margins
    assert 0.88 <= holds.mean() <= 1.0


def test_sets_of_equal_examples_have_no_margin():
    assert jackknife_margin(difference, np.ones(12), np.zeros(30)) == 0.0
