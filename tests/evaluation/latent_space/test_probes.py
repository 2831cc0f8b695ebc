import numpy as np
import pytest

from keras_genae.evaluation.latent_space.probes import linear_probe, neighbour_probe

PROBES = [linear_probe, neighbour_probe]


def split(z, y):
    half = len(z) // 2
    return z[:half], y[:half], z[half:], y[half:]


@pytest.fixture
def z(rng):
    return rng.normal(size=(1000, 4))


def test_a_linear_scale_has_r2_1_and_its_noise_is_missing(z, rng):
    y = z @ [1.0, -2.0, 0.5, 0.0] + 7.0
    assert linear_probe(*split(z, y)) == pytest.approx(1.0, abs=1e-3)
    noisy = y + rng.normal(0.0, y.std(), len(y))
    assert linear_probe(*split(z, noisy)) == pytest.approx(0.5, abs=0.08)


@pytest.mark.parametrize("kind", ["int", "bool", "text"])
def test_classes_of_any_kind_have_an_accuracy(z, kind):
    is_right = z[:, 0] + z[:, 1] > 0.0
    y = {"int": is_right.astype(int), "bool": is_right, "text": np.where(is_right, "a", "b")}[kind]
    assert linear_probe(*split(z, y)) > 0.97
    assert 0.85 < neighbour_probe(*split(z, y)) <= 1.0


def test_rings_are_for_neighbours_not_for_lines(z):
    y = (np.linalg.norm(z[:, :2], axis=1) > 1.2).astype(int)
    assert neighbour_probe(*split(z[:, :2], y)) > 0.93
    assert linear_probe(*split(z[:, :2], y)) < 0.65


@pytest.mark.parametrize("probe", PROBES)
def test_codes_that_know_nothing_are_at_chance(probe, z, rng):
    assert probe(*split(z, rng.integers(0, 4, 1000))) == pytest.approx(0.25, abs=0.08)
    assert probe(*split(z, rng.normal(size=1000))) < 0.02


def test_the_units_scale_matters_to_neighbours_alone(z):
    y = z[:, 0]
    stretched = z * [1e-3, 1.0, 1.0, 1.0]
    assert linear_probe(*split(stretched, y)) == pytest.approx(linear_probe(*split(z, y)))
    assert neighbour_probe(*split(stretched, y)) < 0.1 < neighbour_probe(*split(z, y))


def test_one_neighbour_knows_its_own(z, rng):
    y = rng.integers(0, 5, 1000)
    assert neighbour_probe(z, y, z, y, neighbours=1) == 1.0


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"z_train": np.ones(20)}, r"`z_train` must hold latent vectors.*\(20,\)"),
        ({"z_test": np.full((20, 3), np.nan)}, "`z_test` must hold latent vectors.*finite"),
        ({"z_test": np.ones((20, 2))}, "same number of units"),
        ({"y_train": np.arange(19.0)}, r"`y_train`.*\(19,\) for 20 latent vectors"),
        ({"y_train": np.ones(20)}, "`y_train` never changes.*1.0"),
        ({"y_train": np.array([np.inf, *range(19)])}, "`y_train` holds numbers that are not"),
        ({"y_test": np.arange(20)}, "both be floats"),
    ],
)
def test_mistakes_are_named(probe, change, message, rng):
    data = {f"z_{part}": rng.normal(size=(20, 3)) for part in ("train", "test")}
    data |= {f"y_{part}": rng.normal(size=20) for part in ("train", "test")}
    with pytest.raises(ValueError, match=message):
        probe(**{**data, **change})


@pytest.mark.parametrize("neighbours", [0, 21])
def test_more_neighbours_than_examples(neighbours, rng):
    z, y = rng.normal(size=(20, 3)), rng.normal(size=20)
    with pytest.raises(ValueError, match="no more than the training examples"):
        neighbour_probe(z, y, z, y, neighbours)
