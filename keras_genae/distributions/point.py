"""All probability at one point."""

from keras import ops


class Point:
    """The posterior of an autoencoder without noise: z is the code, and nothing else.

    Args:
        mean: the code, a float tensor `(batch, latent_dim)`.

    Example:

    >>> import numpy as np
    >>> np.array(Point(np.array([[1.0, 2.0]])).sample()).tolist()
    [[1.0, 2.0]]
    """

    def __init__(self, mean):
        self.mean = mean

    def sample(self, seed=None):
        """The point, float32."""
        return ops.cast(self.mean, "float32")
