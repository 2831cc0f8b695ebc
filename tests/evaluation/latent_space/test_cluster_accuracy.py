import itertools

import numpy as np
import pytest

from keras_genae.evaluation import cluster_accuracy


def test_names_of_clusters_do_not_matter():
    labels = np.repeat(["a", "b", "c"], 5)
    assert cluster_accuracy(labels, np.repeat([2, 0, 1], 5)) == 1.0


def test_it_is_the_best_of_all_assignments(rng):
    labels, clusters = rng.integers(4, size=60), rng.integers(4, size=60)
    best = max(
        np.mean(np.array(names)[clusters] == labels) for names in itertools.permutations(range(4))
    )
    assert cluster_accuracy(labels, clusters) == pytest.approx(best)


def test_clusters_beyond_the_labels_count_as_wrong():
    assert cluster_accuracy([0, 0, 0, 0], [0, 0, 1, 2]) == 0.5
    assert cluster_accuracy([0, 1, 2, 3], [0, 0, 0, 0]) == 0.25


def test_of_other_lengths_they_are_refused():
    with pytest.raises(ValueError, match="`clusters` must hold"):
        cluster_accuracy([0, 1], [0])
