import numpy as np
import pytest

from keras_genae.layers.quantisers.k_means import drawn, k_means, nearest

U = np.float32([0.4])


def clusters(rng, count=120):
    """Points around five centres far apart, each as often as the others."""
    centres = 10.0 * rng.normal(size=(5, 3))
    points = np.tile(centres, (count // 5, 1)) + rng.normal(0, 0.1, (count, 3))
    return points.astype("float32"), centres


def test_nearest_is_brute_force(rng):
    points, table = rng.normal(size=(4, 5, 3)), rng.normal(size=(7, 3))
    indices, distances = nearest(points.astype("float32"), table.astype("float32"))
    by_hand = ((points[:, :, None] - table) ** 2).sum(-1)
    np.testing.assert_array_equal(indices, by_hand.argmin(-1))
    np.testing.assert_allclose(distances, by_hand.min(-1), rtol=1e-4)
    assert indices.dtype == "int32"


def test_the_means_of_clusters_are_found(rng):
    points, _ = clusters(rng)
    start = rng.normal(size=(5, 3)).astype("float32")
    table = np.array(k_means(points, np.ones(120, "float32"), start, U))
    means = points.reshape(-1, 5, 3).mean(0)
    # In any order.
    order = ((table[:, None] - means) ** 2).sum(-1).argmin(0)
    assert sorted(order) == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(table[order], means, rtol=1e-4, atol=1e-4)


def test_points_of_weight_0_have_no_influence(rng):
    points, _ = clusters(rng)
    start = rng.normal(size=(8, 3)).astype("float32")
    more = np.concatenate([points, np.full((7, 3), 50.0, "float32")])
    weight = np.ones(127, "float32")
    weight[120:] = 0.0
    alone = k_means(points, weight[:120], start, U)
    np.testing.assert_allclose(k_means(more, weight, start, U), alone, rtol=1e-5)


def test_draws_are_points_in_proportion_to_their_distance(rng):
    points = rng.normal(size=(40, 2)).astype("float32")
    distances = rng.random(40).astype("float32")
    distances[:3] = 0.0
    weight = np.ones(40, "float32")
    weight[-5:] = 0.0
    share = weight * distances / np.sum(weight * distances)
    counts = np.zeros(40)
    for u in np.linspace(0.0, 0.99, 12, dtype="float32"):
        found = np.array(drawn(points, weight, distances, 100, u[None]))
        rows = (found[:, None] == points).all(-1).argmax(1)
        counts += np.bincount(rows, minlength=40)
        # One of each part: never more than one off.
        assert np.abs(np.bincount(rows, minlength=40) - 100 * share).max() < 1.0 + 1e-3
    assert counts[:3].sum() == counts[-5:].sum() == 0


@pytest.mark.parametrize("weight", [np.ones(6, "float32"), np.float32([1, 1, 0, 0, 0, 0])])
def test_points_that_are_all_the_same_give_that_point(weight):
    points = np.full((6, 2), 3.0, "float32")
    table = k_means(points, weight, np.zeros((4, 2), "float32"), U)
    np.testing.assert_array_equal(table, np.full((4, 2), 3.0))
