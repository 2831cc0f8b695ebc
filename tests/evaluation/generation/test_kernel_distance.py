import numpy as np
import pytest

from keras_genae.evaluation.generation.kernel_distance import kernel_distance


def test_one_subset_of_all_is_the_formula(rng):
    real, generated = rng.normal(size=(40, 3)), rng.normal(0.5, 1, size=(40, 3))

    def kernel(x, y):
        return (np.dot(x, y) / 3 + 1) ** 3

    pairs = [(i, j) for i in range(40) for j in range(40) if i != j]
    within = [np.mean([kernel(x[i], x[j]) for i, j in pairs]) for x in (real, generated)]
    across = np.mean([kernel(x, y) for x in real for y in generated])
    by_hand = within[0] + within[1] - 2 * across
    found, deviation = kernel_distance(real, generated, subsets=1, subset_size=40)
    assert found == pytest.approx(by_hand) and deviation == 0.0


def test_it_is_unbiased_however_few_examples(rng):
    # The mean over many small draws from one distribution is zero within its error.
    distances = [
        kernel_distance(*rng.normal(size=(2, 10, 3)), subsets=1, subset_size=10)[0]
        for _ in range(400)
    ]
    error = np.std(distances) / np.sqrt(len(distances))
    assert abs(np.mean(distances)) < 4 * error


def test_a_further_distribution_is_further(rng):
    real = rng.normal(size=(300, 4))
    near, far = (kernel_distance(real, rng.normal(m, 1, size=(300, 4)))[0] for m in (0.3, 1.0))
    assert 0.0 < near < far


def test_the_seed_chooses_the_subsets(rng):
    sets = rng.normal(size=(2, 100, 3))
    assert kernel_distance(*sets, seed=1) == kernel_distance(*sets, seed=1)
    assert kernel_distance(*sets, seed=1) != kernel_distance(*sets, seed=2)


def test_a_subset_cannot_be_larger_than_a_set(rng):
    with pytest.raises(ValueError, match="larger than a set"):
        kernel_distance(*rng.normal(size=(2, 10, 3)), subset_size=11)
