"""From scores to error rates that hold: split conformal p-values."""

import math

import numpy as np


class SplitConformal:
    """How often normal data score as high as this: p-values from a set of calibration scores.

    p = (1 + #{calibration scores ≥ s}) / (n + 1). Whatever the score and however bad the model, of
    normal data p ≤ alpha comes up with a probability of at most alpha, as long as they are
    exchangeable with the calibration data: drawn alike, and neither trained nor tuned on.

    That is a mean over calibration sets. With the n calibration scores at hand, without ties, the
    false alarms per normal example follow Beta(k, n + 1 − k), k = ⌊alpha (n + 1)⌋: with few
    calibration scores they may be far from alpha.

    Example:

    >>> import numpy as np
    >>> conformal = SplitConformal().fit(np.arange(99.0))
    >>> conformal.p_values(np.array([98.5, 49.5, -1.0])).tolist()
    [0.01, 0.5, 1.0]
    >>> conformal.is_anomaly(np.array([98.5, 49.5, -1.0]), alpha=0.05).tolist()
    [True, False, False]

    References:
        Vovk, Gammerman & Shafer, "Algorithmic Learning in a Random World", 2005;
        Bates et al., "Testing for Outliers with Conformal p-values", 2023.
    """

    def fit(self, scores):
        """Take the scores of the calibration data.

        Args:
            scores: `(n,)`, of normal data, higher being more anomalous.

        Returns:
            This object.

        Raises:
            ValueError: where there is no score, or one is not finite.
        """
        scores = np.asarray(scores, "float64")
        if scores.ndim != 1 or not scores.size or not np.isfinite(scores).all():
            raise ValueError(
                "Calibration takes finite scores of shape (n,), one or more. "
                f"Received: scores.shape={scores.shape}"
            )
        self.calibration = np.sort(scores)
        return self

    def p_values(self, scores, seed=None):
        """The p-value of each score.

        Args:
            scores: `(n,)`.
            seed: an int breaks ties at random, which makes the p-values of normal data exactly
                uniform; by default ties count in full, against an alarm.

        Returns:
            float64 array `(n,)` in (0, 1].
        """
        scores = _checked(scores)
        size = len(self.calibration)
        at_least = size - np.searchsorted(self.calibration, scores, side="left")
        if seed is None:
            return (1.0 + at_least) / (size + 1.0)
        above = size - np.searchsorted(self.calibration, scores, side="right")
        # The example itself is one of those it ties with.
        share = np.random.default_rng(seed).random(len(scores))
        return (above + share * (at_least - above + 1.0)) / (size + 1.0)

    def threshold(self, alpha):
        """The score above which p ≤ alpha.

        Args:
            alpha: the share of false alarms to allow among normal data, between 0 and 1.

        Returns:
            A float, one of the calibration scores.

        Raises:
            ValueError: where `alpha` is not between 0 and 1, or so small that these calibration
                data, whose p-values never fall below 1 / (n + 1), could raise no alarm at all.
        """
        size, allowed = len(self.calibration), self.alarms(alpha)
        if not allowed:
            raise ValueError(
                f"With {size} calibration scores no p-value falls below 1/{size + 1}, so that at "
                f"this `alpha` nothing would ever be flagged. Calibrate with {self.fewest(alpha)} "
                f"or more, or allow more false alarms. Received: alpha={alpha}"
            )
        return float(self.calibration[-allowed])

    def alarms(self, alpha):
        """How many calibration scores `alpha` would flag: 0 where no example ever would be.

        Args:
            alpha: as in `threshold`.

        Raises:
            ValueError: where `alpha` is not between 0 and 1.
        """
        if not 0.0 < alpha < 1.0:
            raise ValueError(f"`alpha` must lie between 0 and 1. Received: alpha={alpha}")
        return self.alarms_among(len(self.calibration), alpha)

    @staticmethod
    def alarms_among(count, alpha):
        """The same of `count` calibration scores."""
        return math.floor(alpha * (count + 1.0) + 1e-9)

    @staticmethod
    def fewest(alpha):
        """How many calibration scores it takes for any alarm."""
        return math.ceil(1.0 / alpha - 1e-9) - 1

    def is_anomaly(self, scores, alpha):
        """Whether p ≤ alpha, bool `(n,)`; `alpha` as in `threshold`."""
        return _checked(scores) > self.threshold(alpha)


def _checked(scores):
    scores = np.asarray(scores, "float64")
    if scores.ndim != 1 or np.isnan(scores).any():
        raise ValueError(
            "Scores are numbers of shape (n,), without NaN. "
            f"Received: scores.shape={scores.shape}, {np.isnan(scores).sum()} of them NaN"
        )
    return scores
