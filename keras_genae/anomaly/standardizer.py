"""Features of unlike units, made alike."""

import numpy as np


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
        self.mean = x.mean(axis=0)
        deviation = x.std(axis=0)
        # A constant's deviation is a rounding error rather than 0.
        is_constant = deviation <= 1e-9 * np.maximum(np.abs(self.mean), 1e-9)
        self.scale = np.where(is_constant, 1.0, deviation)
        return self

    def __call__(self, x):
        """`x` standardised, float32 `(n, features)`."""
        return ((np.asarray(x, "float64") - self.mean) / self.scale).astype("float32")
