"""How well clusters that nobody named agree with labels."""

import numpy as np

from keras_genae.evaluation.latent_space.latent_checks import check_values


def cluster_accuracy(labels, clusters):
    """The share of examples whose cluster stands for their label, under the best such assignment.

    Clusters have no names: each label is given one cluster of its own, so that most examples agree
    (the Hungarian assignment). Clusters beyond the number of labels count as wrong.

    Args:
        labels: classes, `(n,)`, numbers or texts.
        clusters: of the same examples, `(n,)`, as `VaDE.cluster` gives them.

    Returns:
        A float from 0 to 1; of two sets that know nothing of each other about the share of the
        largest label.

    Raises:
        ValueError: where the two are not one value for each example.

    Example:

    >>> cluster_accuracy(["cat", "cat", "dog", "dog"], [7, 7, 3, 7])
    0.75

    Reference:
        Kuhn, "The Hungarian Method for the Assignment Problem", 1955.
    """
    from scipy.optimize import linear_sum_assignment

    labels = check_values("labels", labels, np.size(labels))
    if not len(labels):
        raise ValueError("Of no example nothing can be said. Received: 0 labels")
    clusters = check_values("clusters", clusters, len(labels))
    (names, label), (numbers, cluster) = (
        np.unique(values, return_inverse=True) for values in (labels, clusters)
    )
    counts = np.zeros((len(names), len(numbers)), int)
    np.add.at(counts, (label, cluster), 1)
    return float(counts[linear_sum_assignment(counts, maximize=True)].sum() / len(labels))
