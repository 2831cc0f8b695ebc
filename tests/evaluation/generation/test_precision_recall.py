import numpy as np
import pytest
from scipy.spatial.distance import cdist

from keras_genae.evaluation.generation import neighbours
from keras_genae.evaluation.generation.density_coverage import density_coverage
from keras_genae.evaluation.generation.precision_recall import precision_recall


def two_modes(rng, count=400):
    return rng.normal(size=(count, 2)) + 20.0 * (np.arange(count)[:, None] % 2)


def test_by_hand_on_a_line():
    real = np.array([[0.0], [1.0], [2.0], [10.0], [11.0], [12.0]])
    # Balls of the nearest neighbour have radius 1: of the generated ones, 3.5 is met by none.
    generated = np.array([[0.5], [0.6], [3.5], [3.6]])
    assert precision_recall(real, generated, neighbours=1)[0] == pytest.approx(0.5)
    # 0.5 lies in the balls of 0 and 1, 0.6 in those of 0 and 1.
    density, coverage = density_coverage(real, generated, neighbours=1)
    assert density == pytest.approx((2 + 2 + 0 + 0) / 4)
    assert coverage == pytest.approx(2 / 6)


@pytest.mark.parametrize("offset", [0.0, 1e3, 1e8])
def test_copies_lie_on_the_edge_and_within(rng, offset):
    # Each example five times: the third neighbour is a copy, and every radius 0.
    real = np.repeat(rng.normal(size=(40, 64)), 5, axis=0) + offset
    assert precision_recall(real, rng.permutation(real)) == (1.0, 1.0)
    # Five copies lie in the five balls of radius 0 around them.
    assert density_coverage(real, rng.permutation(real), neighbours=4) == (5 / 4, 1.0)


@pytest.mark.parametrize("offset", [0.0, 1e3])
def test_a_copy_of_the_farthest_neighbour_lies_on_the_edge(rng, offset):
    real = rng.normal(size=(60, 64)) + offset
    farthest = np.argsort(cdist(real, real), axis=1)[:, 3]
    # One ball at a time: a copy of the neighbour that it reaches to.
    for centre, copied in enumerate(farthest):
        balls, holds_point = neighbours.count_in_balls(real, real[[copied]], 3)
        assert holds_point[centre] and balls[0] >= 1


def test_whole_numbers_of_which_many_are_equally_far(rng):
    real, generated = rng.integers(0, 2, (2, 200, 9)).astype(float)
    radii = np.sort(cdist(real, real, "sqeuclidean"), axis=1)[:, 3]
    inside = cdist(real, generated, "sqeuclidean") <= radii[:, None]
    assert density_coverage(real, generated, 3) == (inside.sum() / 600, inside.any(1).mean())
    assert precision_recall(real, generated, 3)[0] == inside.any(0).mean()


def test_many_examples_are_compared_a_part_at_a_time(rng, monkeypatch):
    real, generated = rng.normal(size=(2, 50, 3))
    whole = density_coverage(real, generated)
    monkeypatch.setattr(neighbours, "DISTANCES_AT_ONCE", 700)
    assert density_coverage(real, generated) == whole


def test_a_dropped_mode_lowers_recall_and_coverage_alone(rng):
    real, generated = two_modes(rng), rng.normal(size=(400, 2))
    precision, recall = precision_recall(real, generated)
    _, coverage = density_coverage(real, generated)
    assert precision > 0.9 and recall < 0.55 and coverage < 0.55


def test_an_invented_mode_lowers_precision_and_density_alone(rng):
    real, generated = rng.normal(size=(400, 2)), two_modes(rng)
    precision, recall = precision_recall(real, generated)
    density, coverage = density_coverage(real, generated)
    assert precision < 0.55 and recall > 0.9
    assert density < 0.6 and coverage > 0.8


def test_density_and_coverage_of_one_distribution_are_those_of_the_paper(rng):
    real, generated = rng.normal(size=(2, 3000, 4))
    density, coverage = density_coverage(real, generated, neighbours=5)
    assert density == pytest.approx(1.0, abs=0.05)
    assert coverage == pytest.approx(1 - 0.5**5, abs=0.02)


def test_a_real_outlier_fools_precision_and_not_density(rng):
    real = np.concatenate([rng.normal(size=(200, 2)), [[40.0, 0.0]]])
    generated = np.tile([[20.0, 0.0]], (200, 1))  # Between the outlier and the rest.
    assert precision_recall(real, generated)[0] == 1.0
    assert density_coverage(real, generated)[0] < 0.3


def test_too_few_examples_for_the_neighbours(rng):
    for measure in (precision_recall, density_coverage):
        with pytest.raises(ValueError, match="At least 8 examples"):
            measure(*rng.normal(size=(2, 7, 2)), neighbours=7)
