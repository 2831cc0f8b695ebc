import itertools

import numpy as np
import pytest

from keras_genae.tuning.results.pareto import hypervolume, knee, pareto_front

MIN2, MIN3 = ["min", "min"], ["min", "min", "min"]


def dominates(a, b, directions):
    """The definition, a pair at a time."""
    pairs = [(y, x) if d == "max" else (x, y) for x, y, d in zip(a, b, directions, strict=True)]
    return all(x <= y for x, y in pairs) and any(x < y for x, y in pairs)


def sampled_volume(points, reference, draws=200_000):
    """Monte Carlo, all objectives minimised and at least 0."""
    rng = np.random.default_rng(5)
    darts = rng.uniform(0.0, reference, (draws, len(reference)))
    hit = np.zeros(draws, bool)
    for point in points:
        hit |= (darts >= point).all(axis=1)
    return hit.mean() * np.prod(reference)


@pytest.mark.parametrize("directions", [*itertools.product(["min", "max"], repeat=2), MIN3])
@pytest.mark.parametrize("grid", [False, True])
def test_the_front_is_what_the_definition_says(directions, grid, rng):
    points = rng.normal(size=(80, len(directions)))
    # On a coarse grid there are many ties.
    points = np.round(points * 1.5) if grid else points
    expected = [
        index
        for index, point in enumerate(points)
        if not any(dominates(other, point, directions) for other in points)
        and not any((earlier == point).all() for earlier in points[:index])
    ]
    front = pareto_front(points, directions)
    assert sorted(front.tolist()) == expected
    rows = [tuple(points[index]) for index in front]
    assert rows == sorted(rows) and len(set(rows)) == len(rows)


def test_the_front_does_not_depend_on_the_order(rng):
    points = np.round(rng.normal(size=(60, 3)), 1)
    shuffled = points[rng.permutation(60)]
    np.testing.assert_array_equal(
        points[pareto_front(points, MIN3)], shuffled[pareto_front(shuffled, MIN3)]
    )


def test_equal_points_are_on_the_front_once_and_ties_in_one_objective_are_dominated():
    points = [[1, 2], [0, 3], [1, 2], [1, 1], [1, 1], [2, 1]]
    assert pareto_front(points, MIN2).tolist() == [1, 3]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_trials_gone_wrong_are_never_on_the_front(bad):
    points = [[bad, 0.0], [1.0, 1.0], [0.0, bad]]
    assert pareto_front(points, MIN2).tolist() == [1]
    assert pareto_front(points, ["max", "min"]).tolist() == [1]
    assert pareto_front(points[:1], MIN2).tolist() == []


@pytest.mark.parametrize("count", [1, 5])
def test_points_that_are_all_equal_are_one(count):
    points = [[1.0, 2.0]] * count
    assert pareto_front(points, MIN2).tolist() == [0]
    assert knee(points, MIN2) == 0
    assert hypervolume(points, [3.0, 5.0], MIN2) == 6.0


def test_no_points_have_no_front():
    assert pareto_front([], MIN2).tolist() == []
    assert hypervolume([], [1.0, 1.0], MIN2) == 0.0


def test_one_objective_leaves_its_best():
    assert pareto_front([[3.0], [1.0], [2.0], [1.0]], ["min"]).tolist() == [1]
    assert pareto_front([[3.0], [1.0], [2.0]], ["max"]).tolist() == [0]


def test_the_knee_of_a_hyperbola_lies_where_its_slope_is_that_of_the_line():
    # y = 1/x on [1/4, 4] has the slope of the line between its ends, −1, at x = 1.
    x = np.geomspace(0.25, 4.0, 81)
    points = np.stack([x, 1.0 / x], axis=1)
    assert points[knee(points, MIN2)][0] == pytest.approx(1.0)


def test_the_knee_does_not_depend_on_units_order_or_direction(rng):
    angle = rng.uniform(0.0, np.pi / 2, 30)
    points = np.stack([1.0 - np.sin(angle), 1.0 - np.cos(angle)], axis=1)
    best = knee(points, MIN2)
    assert abs(np.pi / 4 - angle[best]) == np.abs(np.pi / 4 - angle).min()
    assert knee(points * [1e6, 1e-3] + [7.0, -2.0], MIN2) == best
    assert knee(points * [1.0, -1.0], ["min", "max"]) == best
    assert 29 - knee(points[::-1], MIN2) == best
    # Dominated and broken points change nothing.
    assert knee([*points, [50.0, 50.0], [np.nan, 0.0]], MIN2) == best


def test_the_knee_of_three_objectives_is_the_balanced_point():
    points = [[0, 1, 1], [1, 0, 1], [1, 1, 0], [0.3, 0.3, 0.3], [0.1, 0.9, 0.5]]
    assert knee(points, MIN3) == 3


def test_the_knee_of_few_points():
    assert knee([[5.0, 5.0]], MIN2) == 0
    # Of two, the better in the first objective, in whichever order.
    assert knee([[1.0, 2.0], [2.0, 1.0]], MIN2) == 0
    assert knee([[2.0, 1.0], [1.0, 2.0]], MIN2) == 1
    assert knee([[1.0, 2.0], [2.0, 1.0]], ["max", "max"]) == 1
    # On a straight line, and on a front that bulges the wrong way, an extreme.
    for count in range(3, 40):  # Rounding must not decide.
        x = np.linspace(0.1, 0.7, count)
        assert knee(np.stack([x, x[::-1]], axis=1), MIN2) == 0
    assert knee([[1.0, 0.0], [0.9, 0.9], [0.0, 1.0]], MIN2) == 2


def test_nothing_to_recommend_is_an_error():
    with pytest.raises(ValueError, match=r"no point to recommend.*2 points"):
        knee([[np.nan, 1.0], [np.inf, 2.0]], MIN2)
    with pytest.raises(ValueError, match="no point to recommend"):
        knee([], MIN2)


def test_closed_forms_of_the_hypervolume():
    assert hypervolume([[2.0]], [5.0], ["min"]) == 3.0
    assert hypervolume([[2.0, 3.0]], [5.0, 5.0], MIN2) == 6.0
    assert hypervolume([[2.0, 3.0]], [0.0, 1.0], ["max", "max"]) == 4.0
    assert hypervolume([[2.0, 3.0]], [0.0, 5.0], ["max", "min"]) == 4.0
    # A staircase of n unit steps: 1 + 2 + … + n.
    stairs = [[step, 9 - step] for step in range(10)]
    assert hypervolume(stairs, [10.0, 10.0], MIN2) == 55.0
    # Three slabs of a unit cube: |A ∪ B ∪ C| = 3·¼ − 3·⅛ + ⅛.
    slabs = 1.0 - np.array([[1, 0.5, 0.5], [0.5, 1, 0.5], [0.5, 0.5, 1]])
    assert hypervolume(slabs, [1.0] * 3, MIN3) == pytest.approx(0.5)
    # The same in four dimensions, where each pair shares ¹⁄₁₆: 4·⅛ − 6·¹⁄₁₆ + 4·¹⁄₁₆ − ¹⁄₁₆.
    corners = 1.0 - (0.5 + 0.5 * np.eye(4))
    assert hypervolume(corners, [1.0] * 4, ["min"] * 4) == pytest.approx(5 / 16)


@pytest.mark.parametrize("objectives", [2, 3, 4, 5])
def test_the_hypervolume_against_monte_carlo(objectives, rng):
    points = np.abs(rng.normal(size=(14, objectives)))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    reference = np.linspace(1.0, 1.4, objectives)
    exact = hypervolume(points, reference, ["min"] * objectives)
    assert exact == pytest.approx(sampled_volume(points, reference), rel=0.02)
    mirrored = points.copy()
    mirrored[:, 0] *= -1.0
    flipped = [-reference[0], *reference[1:]]
    directions = ["max"] + ["min"] * (objectives - 1)
    assert hypervolume(mirrored, flipped, directions) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("objectives", [2, 3, 4])
def test_a_point_never_lowers_the_hypervolume_and_order_does_not_matter(objectives, rng):
    points = rng.uniform(0.0, 1.2, size=(25, objectives))
    directions, reference = ["min"] * objectives, [1.0] * objectives
    volumes = [hypervolume(points[:count], reference, directions) for count in range(26)]
    growth = np.diff(volumes)
    assert (growth >= -1e-12).all()
    for count in range(25):
        front = pareto_front(points[: count + 1], directions)
        adds = count in front and (points[count] < 1.0).all()
        assert (growth[count] > 1e-12) == adds
    shuffled = points[rng.permutation(25)]
    assert hypervolume(shuffled, reference, directions) == pytest.approx(volumes[-1], rel=1e-12)


def test_points_beyond_the_reference_and_broken_ones_add_nothing():
    useless = [[3.0, 0.0], [2.0, 1.0], [np.nan, 0.0], [-np.inf, 0.0]]
    assert hypervolume(useless, [2.0, 2.0], MIN2) == 0.0
    assert hypervolume([[1.0, 1.0], *useless], [2.0, 2.0], MIN2) == 1.0


def test_dozens_of_points_in_four_objectives_end(rng):
    points = np.abs(rng.normal(size=(40, 4)))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    assert 0.0 < hypervolume(points, [1.1] * 4, ["min"] * 4) < 1.1**4


@pytest.mark.parametrize("function", [pareto_front, knee, lambda p, d: hypervolume(p, [1, 1], d)])
@pytest.mark.parametrize(
    ("points", "directions", "message"),
    [
        ([[1.0, 2.0]], "min", "`directions` must say.*directions='min'"),
        ([[1.0, 2.0]], ["min", "down"], "`directions` must say.*'down'"),
        ([[1.0, 2.0]], [], "`directions` must say"),
        ([[1.0, 2.0]], None, "`directions` must say.*None"),
        ([1.0, 2.0], ["min", "max"], r"`points` must be.*\(2,\)"),
        ([[1.0, 2.0, 3.0]], ["min", "max"], r"`points` must be.*\(1, 3\)"),
        ([[1.0, "two"]], ["min", "max"], "`points` must be numbers.*two"),
        ([[1.0, 2.0], [1.0]], ["min", "max"], "`points` must be numbers"),
    ],
)
def test_mistakes_are_named(function, points, directions, message):
    with pytest.raises(ValueError, match=message):
        function(points, directions)


@pytest.mark.parametrize("reference", [[1.0], [1.0, np.nan], [1.0, np.inf], 1.0])
def test_the_reference_is_one_finite_number_an_objective(reference):
    with pytest.raises(ValueError, match="`reference` must hold one finite number"):
        hypervolume([[0.0, 0.0]], reference, MIN2)
