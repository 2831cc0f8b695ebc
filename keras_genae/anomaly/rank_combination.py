"""One score from several, whatever their units."""

import numpy as np

# How fast a score becomes rarer beyond the reference is taken from its highest twentieth, or from
# so many numbers where that is fewer.
TAIL, FEWEST = 0.05, 10


class RankCombination:
    """The mean surprise of several scores: −log of the share of normal data that score as high.

    Ranks have no unit, so nats, squared errors and standard deviations can be added. A score that
    finds an example normal adds nearly nothing, one that finds it rarer than one in a thousand
    adds 6.9 nats: it takes one that objects, not a majority. The sum is Fisher's statistic.

    Among the numbers of the reference the share is theirs, between them it is interpolated. Beyond
    the largest all ranks would be the same, and that is where anomalies are told apart: there the
    share falls exponentially, at the mean excess of the highest twentieth of the reference.

    `fit` it on scores of normal data, then call it.

    Example:

    >>> import numpy as np
    >>> reference = np.random.default_rng(0).normal(size=(1000, 2)) * [1.0, 1000.0]
    >>> combine = RankCombination().fit(reference)
    >>> usual, odd_in_one, odd_in_both = combine(np.array([[0, 0], [0, 4000], [4, 4000]]))
    >>> bool(usual < odd_in_one < odd_in_both)
    True

    Reference:
        Fisher, "Statistical Methods for Research Workers", 1932, section 21.1.
    """

    def fit(self, scores):
        """Take scores of normal data as the reference.

        Args:
            scores: `(n, scores)`, a column for each score, higher being more anomalous.

        Returns:
            This object.

        Raises:
            ValueError: where the scores are not finite, or not of two examples or more.
        """
        scores = np.asarray(scores, "float64")
        if scores.ndim != 2 or len(scores) < 2 or not np.isfinite(scores).all():
            raise ValueError(
                "A reference is finite scores of shape (n, scores), of two examples or more. "
                f"Received: scores.shape={scores.shape}"
            )
        self.reference = np.sort(scores, axis=0)
        return self

    def __call__(self, scores):
        """The mean surprise of each example.

        Args:
            scores: `(n, scores)`, columns as in `fit`.

        Returns:
            float64 array `(n,)`, in nats; it never falls where a score rises.

        Raises:
            ValueError: where the number of columns is another.
        """
        scores = np.asarray(scores, "float64")
        if scores.ndim != 2 or scores.shape[1] != self.reference.shape[1]:
            raise ValueError(
                f"The reference has {self.reference.shape[1]} scores, one a column. "
                f"Received: scores.shape={scores.shape}"
            )
        pairs = zip(self.reference.T, scores.T, strict=True)
        return np.mean([surprise(reference, column) for reference, column in pairs], axis=0)


def surprise(reference, scores):
    """−log of the share of a reference that is as high as each score, in nats.

    Args:
        reference: scores of normal data, ascending, `(m,)`.
        scores: `(n,)`.

    Returns:
        float64 array `(n,)`: about 0 for the lowest, log 2 for the median, log m for the highest.
    """
    size = len(reference)
    values, first, counts = np.unique(reference, return_index=True, return_counts=True)
    known = -np.log((size - first) / (size + 1.0))
    # The highest number that enough others lie above; those that equal it are none of the tail.
    above = size - first - counts
    start = max(0, np.searchsorted(-above, -max(TAIL * size, FEWEST), side="right") - 1)
    tail = reference[size - above[start] :]
    # A reference without a tail: what lies above it is out of all proportion.
    excess = np.finfo("float64").eps * max(abs(values[-1]), 1.0)
    highest = known[-1]
    if len(tail):
        excess = max(np.mean(tail - values[start]), excess)
        # The tail as a whole tells better than its last number how rare that is.
        fitted = (values[-1] - values[start]) / excess - np.log((len(tail) + 1.0) / (size + 1.0))
        highest = max(highest, fitted)
    beyond = highest + (scores - values[-1]) / excess
    return np.where(scores > values[-1], beyond, np.interp(scores, values, known))
