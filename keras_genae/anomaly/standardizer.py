"""Features of unlike units, made alike."""

import numpy as np

# Deviations further off than this are all the same: no square of theirs overflows.
MOST = 1e6


class Standardizer:
    """Subtract each feature's mean, divide by its standard deviation.

    A feature that never varied keeps its unit: where it varies later, that is news, and no division
    by nothing. `fit` it on training data, then call it.

    Example:

    >>> import numpy as np
    >>> standardize = Standardizer().fit(np.array([[1.0, 7.0], [3.0, 7.0]]))
    >>> standardize(np.array([[3.0, 7.5]])).tolist()
    [[1.0, 0.5]]
    """

    def fit(self, x):
        """Find the mean and the standard deviation of each feature of `x`, `(n, features)`."""
        x = np.asarray(x, "float64")
        # In units of the largest number, of which no square overflows.
        unit = np.maximum(np.abs(x).max(axis=0), 1.0)
        self.mean = unit * np.mean(x / unit, axis=0)
        deviation = unit * np.std(x / unit, axis=0)
        # A constant's deviation is a rounding error rather than 0.
        is_constant = deviation <= 1e-9 * np.maximum(np.abs(self.mean), 1e-9)
        self.scale = np.where(is_constant, 1.0, deviation)
        return self

    def __call__(self, x):
        """`x` standardised, float32 `(n, features)`."""
        with np.errstate(over="ignore"):
            deviations = (np.asarray(x, "float64") - self.mean) / self.scale
        return np.clip(deviations, -MOST, MOST).astype("float32")
