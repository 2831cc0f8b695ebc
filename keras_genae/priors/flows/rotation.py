"""A fixed rotation of the units of a normalising flow."""

import keras
import numpy as np
from keras import ops


class Rotation(keras.layers.Layer):
    """y = R·x with a random orthogonal matrix R, which is not trained; its log |det| is 0.

    Args:
        latent_dim: entries of x.
        seed: of R.

    Reference:
        Kingma & Dhariwal, "Glow", 2018, section 3.2 (where R is trained).
    """

    def __init__(self, latent_dim, seed, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.seed = seed
        # A weight: what a loaded flow turns by must not hang on a random number generator.
        self.matrix = self.add_weight(
            name="matrix", shape=(latent_dim, latent_dim), initializer="zeros", trainable=False
        )
        self.start()
        self.built = True

    def start(self):
        """Draw R."""
        size = self.matrix.shape[0]
        normal = np.random.default_rng(self.seed).standard_normal((size, size))
        self.matrix.assign(np.linalg.qr(normal)[0])

    def call(self, x):
        """y, and log |det ∂y/∂x|."""
        return ops.matmul(x, ops.transpose(self.matrix)), 0.0

    def inverse(self, y):
        """x, from y."""
        return ops.matmul(y, self.matrix)
