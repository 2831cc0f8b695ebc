import numpy as np
import pytest

from keras_genae.evaluation.generation.classifier import (
    classifier_separation,
    separation_in_order,
)
from keras_genae.evaluation.generation.jackknife import QUANTILE, jackknife_margin


def test_of_shifted_normal_sets_it_is_about_the_shift(rng):
    # The scores are normal, so that d′ is the distance of the means in deviations.
    real, other = rng.normal(size=(2, 4000, 3))
    assert classifier_separation(real, other + np.array([2.0, 0.0, 0.0])) == pytest.approx(
        2.0, abs=0.15
    )
    assert abs(classifier_separation(real, other)) < 0.1


def test_it_rises_where_an_accuracy_has_ended(rng):
    real, other = rng.normal(size=(2, 300, 3))
    separations = [classifier_separation(real, other + shift) for shift in (5.0, 10.0, 20.0, 40.0)]
    assert (np.diff(separations) > 0).all()


def test_it_sees_spread_and_dependence(rng):
    real, other = rng.normal(size=(2, 1000, 4))
    assert classifier_separation(real, 0.5 * other) > 1.0
    mixed = other.copy()
    mixed[:, 1] = 0.95 * mixed[:, 0] + np.sqrt(1 - 0.95**2) * mixed[:, 1]
    assert classifier_separation(real, mixed) > 0.3


def test_it_does_not_depend_on_the_scale_of_the_features(rng):
    real, other = rng.normal(size=(2, 200, 3))
    scales = np.array([1e-12, 1.0, 1e12])
    ours = classifier_separation(real, 2.0 * other)
    assert classifier_separation(scales * real, 2.0 * scales * other) == pytest.approx(ours)


def test_held_out_examples_keep_meaningless_features_from_telling(rng):
    # More features than examples: what it is fitted to it separates at will.
    separations = [
        classifier_separation(*rng.normal(size=(2, 60, dimensions)), seed=seed)
        for dimensions in (50, 300)
        for seed in range(5)
    ]
    assert abs(np.mean(separations)) < 0.3


def test_a_feature_that_only_the_generated_have(rng):
    real, other = rng.normal(size=(2, 100, 2))
    assert classifier_separation(real * [1, 0], other) > 0.5


def test_two_different_sets_of_equal_examples_are_refused():
    assert classifier_separation(np.ones((20, 2)), np.ones((20, 2))) == 0.0
    with pytest.raises(ValueError, match=r"infinite.*Received"):
        classifier_separation(np.ones((20, 2)), np.zeros((20, 2)))
    with pytest.raises(ValueError, match="At least 4"):
        classifier_separation(np.ones((3, 2)), np.zeros((20, 2)))


def test_its_margin_is_as_wide_as_it_varies(rng):
    pairs = [rng.normal([[[0.0]], [[0.6]]], 1.0, (2, 300, 3)) for _ in range(60)]
    deviation = np.std([separation_in_order(*pair) for pair in pairs])
    margins = [jackknife_margin(separation_in_order, *pair) for pair in pairs]
    assert 0.8 < np.mean(margins) / QUANTILE / deviation < 1.5
