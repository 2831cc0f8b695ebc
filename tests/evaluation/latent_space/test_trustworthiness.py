import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from keras_genae.evaluation.latent_space.trustworthiness import (
    MOST_EXAMPLES,
    latent_trustworthiness,
)


def test_it_is_scikit_learns(rng):
    x = rng.normal(size=(120, 3, 4))
    z = x.reshape(120, -1)[:, :2] + 0.3 * rng.normal(size=(120, 2))
    expected = trustworthiness(x.reshape(120, -1), z, n_neighbors=7)
    assert latent_trustworthiness(x, z, neighbours=7) == pytest.approx(expected, rel=1e-6)
    assert 0.5 < expected < 0.9


def test_a_copy_is_1_and_chance_a_half(rng):
    x = rng.integers(0, 256, (200, 4, 4, 1), dtype="uint8")
    assert latent_trustworthiness(x, 3.0 * x.reshape(200, -1)) == 1.0
    assert latent_trustworthiness(x, rng.normal(size=(200, 2))) == pytest.approx(0.5, abs=0.05)


def test_equals_are_no_mistake(rng):
    x = np.repeat(rng.normal(size=(12, 3)), 10, axis=0)
    # Each has nine copies, of which five are its neighbours, whichever are drawn.
    assert latent_trustworthiness(x, x) == 1.0
    assert latent_trustworthiness(x + 1e6, x) == 1.0
    # To examples that are all equal every neighbour is as good as another.
    assert latent_trustworthiness(np.ones((120, 3)), rng.normal(size=(120, 2))) == 1.0


def test_of_equal_codes_each_is_as_probably_a_neighbour(rng):
    x = rng.normal(size=(300, 3))
    # Codes that are all equal know nothing: exactly the mean over draws of a neighbour.
    drawn = [latent_trustworthiness(x, rng.normal(size=(300, 1))) for _ in range(20)]
    error = np.std(drawn) / np.sqrt(len(drawn))
    constant = latent_trustworthiness(x, np.ones((300, 1)))
    assert constant == pytest.approx(np.mean(drawn), abs=5.0 * error + 0.002)


def test_large_sets_are_drawn_from_pairwise(rng):
    z = rng.normal(size=(MOST_EXAMPLES + 50, 2))
    assert latent_trustworthiness(z, z, seed=5) == 1.0


@pytest.mark.parametrize(
    ("z", "neighbours", "message"),
    [
        (np.ones((9, 2)), 2, "10 examples and 9 latent vectors"),
        (np.ones((10, 2)), 5, "fewer than half.*neighbours=5, 10 examples"),
        (np.ones((10, 2)), 0, "at least 1"),
        (np.full((10, 2), np.nan), 2, "`z` must hold latent vectors"),
    ],
)
def test_mistakes_are_named(z, neighbours, message, rng):
    with pytest.raises(ValueError, match=message):
        latent_trustworthiness(rng.normal(size=(10, 3)), z, neighbours)
