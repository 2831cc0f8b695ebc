"""A score of images, less what their complexity explains."""

import numpy as np

from keras_genae.pixels import check_pictures

TINY = 1e-8


class ComplexityNormalizer:
    """Standardise a score among normal images of the same complexity.

    A busy image has more to get wrong. Trained on nine digits, a model renders a 1 that it never
    saw better than any digit that it knows, and by its error the 1 is the most normal of all. Here
    the score of normal images is regressed on the log of their complexity, their total variation;
    what is left over, in standard deviations of what is left over of normal images, is the new
    score. A 1 is odd if it is rendered worse than known digits with as little ink would be. An
    error should come as its logarithm, since it spreads in proportion to itself.

    `fit` it to normal images that the model was not trained on, then call it.

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> busy = rng.uniform(0.1, 1.0, (500, 1, 1, 1))
    >>> images = busy * rng.random((500, 8, 8, 1))
    >>> scores = np.log(busy.ravel()) + rng.normal(0.0, 0.1, 500)     # all but complexity
    >>> normalize = ComplexityNormalizer().fit(images, scores)
    >>> bool(abs(np.corrcoef(normalize(images, scores), np.log(busy.ravel()))[0, 1]) < 0.1)
    True

    Reference:
        Complexity as a term of a score: Serrà et al., "Input Complexity and Out-of-distribution
        Detection with Likelihood-based Generative Models", 2020. There it is subtracted in bits;
        a regression takes scores of any unit.
    """

    def fit(self, images, scores):
        """Find how a score goes with complexity.

        Args:
            images: array of normal images `(n, height, width, channels)`, three or more.
            scores: their scores, `(n,)`.

        Returns:
            This object.

        Raises:
            ValueError: where there are fewer than three images, or `images` are no pictures.
        """
        if len(images) < 3:
            raise ValueError(
                "A line and the spread about it take three images or more. "
                f"Received: {len(images)} images"
            )
        complexity, scores = _log_variation(images), np.asarray(scores, "float64")
        centred = complexity - complexity.mean()
        variance = np.mean(np.square(centred))
        # Where all are equally complex there is nothing to explain.
        slope = np.mean(centred * scores) / variance if variance > TINY else 0.0
        self.line = np.array([scores.mean() - slope * complexity.mean(), slope])
        # The line holds where it was seen: a blank image is no less complex than the plainest.
        self.range = np.array([complexity.min(), complexity.max()])
        self.spread = max(np.std(scores - self._expected(complexity)), TINY)
        return self

    def __call__(self, images, scores):
        """The scores `(n,)` of images, in standard deviations: float64 `(n,)`."""
        return (scores - self._expected(_log_variation(images))) / self.spread

    def _expected(self, complexity):
        intercept, slope = self.line
        return intercept + slope * np.clip(complexity, *self.range)


def total_variation(images):
    """The mean absolute difference of neighbouring pixels: how much there is to draw.

    Args:
        images: `(n, height, width, channels)`, floats in [0, 1] or uint8.

    Returns:
        float64 array `(n,)`, in grey levels from 0 to 1.

    Raises:
        ValueError: where `images` are no pictures.

    Example:

    >>> import numpy as np
    >>> checks = np.indices((4, 4)).sum(axis=0)[None, ..., None] % 2.0
    >>> total_variation(np.concatenate([checks, 0.0 * checks])).tolist()
    [1.0, 0.0]
    """
    images = check_pictures(images, "images")
    # A stretch at a time: as floats, a large set of images is four times as large as in bytes.
    stretches = (images[start : start + 4096] for start in range(0, len(images), 4096))
    return np.concatenate([_variation_of(stretch) for stretch in stretches])


def _variation_of(images):
    floats = images / np.float32(255) if images.dtype == np.uint8 else images
    differences = [np.abs(np.diff(floats, axis=axis)) for axis in (1, 2)]
    total = sum(difference.sum(axis=(1, 2, 3), dtype="float64") for difference in differences)
    return total / sum(difference[0].size for difference in differences)


def _log_variation(images):
    return np.log(total_variation(images) + TINY)
