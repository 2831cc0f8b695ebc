"""The kernel distance between two sets of examples."""

import numpy as np

from keras_genae.evaluation.generation.feature_checks import as_feature_pair
from keras_genae.networks.checks import check_whole

LARGEST_SUBSET = 1000


def kernel_distance(real, generated, subsets=100, subset_size=None, seed=0):
    """The squared maximum mean discrepancy under the kernel (x·y / features + 1)³, unbiased.

    The KID is this distance on features of a certain Inception network. Its mean does not depend on
    the number of examples, so that few already tell something, where the Fréchet distance needs
    thousands. It may come out a little below zero.

    It depends on the scale of the features, and is as good as they are: in `RandomFeatures` it
    called unrecognisable samples better than faces. `generation_quality` does without it.

    Args:
        real, generated: features `(n, features)` and `(m, features)`.
        subsets: how many random subsets to average over.
        subset_size: examples of each kind in a subset, drawn without replacement. By default half
            of the smaller set, and at most 1000.
        seed: of the subsets.

    Returns:
        Two floats: the mean over the subsets, and their standard deviation. The deviation tells
        how much one subset may be trusted; the mean is more certain than that.

    Raises:
        ValueError: on arrays of the wrong shape, fewer than two examples, features that are not
            finite, or subsets larger than a set.

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> real, good, bad = (rng.normal(mean, 1.0, (500, 8)) for mean in (0.0, 0.0, 1.0))
    >>> kernel_distance(real, good)[0] < 0.05 < kernel_distance(real, bad)[0]
    True

    Reference:
        Bińkowski et al., "Demystifying MMD GANs", 2018.
    """
    real, generated = as_feature_pair(real, generated)
    subsets = check_whole("subsets", subsets)
    smaller = min(len(real), len(generated))
    if subset_size is None:
        subset_size = max(2, min(LARGEST_SUBSET, smaller // 2))
    subset_size = check_whole("subset_size", subset_size, smallest=2)
    if subset_size > smaller:
        raise ValueError(
            "A subset is drawn without replacement, so it cannot be larger than a set. "
            f"Received: subset_size={subset_size}, with {len(real)} and {len(generated)} examples"
        )
    rng = np.random.default_rng(seed)
    distances = [
        _unbiased_mmd(
            *(x[rng.choice(len(x), subset_size, replace=False)] for x in (real, generated))
        )
        for _ in range(subsets)
    ]
    return float(np.mean(distances)), float(np.std(distances))


def _unbiased_mmd(x, y):
    """MMD² of two sets of one size."""
    return _mean_of_pairs(x) + _mean_of_pairs(y) - 2.0 * _kernel(x, y).mean()


def _mean_of_pairs(x):
    """The mean kernel of two different examples; with themselves they would bias it."""
    kernel = _kernel(x, x)
    return (kernel.sum() - np.trace(kernel)) / (len(x) * (len(x) - 1))


def _kernel(x, y):
    return (x @ y.T / x.shape[1] + 1.0) ** 3
