"""What every density over latent vectors shares."""

import keras
import numpy as np
from keras import ops

from keras_genae.networks.checks import check_whole


class Prior(keras.layers.Layer):
    """A density over latent vectors, fitted after training; saved with the model it belongs to.

    A subclass defines `fit`, `sample`, `log_prob` and `stddev`, and makes its weights in the
    constructor from what `get_config` returns, so that Keras fills them on loading.

    Args:
        latent_dim: entries of a latent vector.
    """

    def __init__(self, latent_dim, **kwargs):
        super().__init__(**{"dtype": "float32", "trainable": False, **kwargs})
        self.latent_dim = check_whole("latent_dim", latent_dim)
        self.built = True

    @property
    def latent_shape(self):
        """The shape of a code."""
        return (self.latent_dim,)

    def fit(self, mean, variance=None, seed=0):
        """Fit to latent vectors.

        Args:
            mean: codes, or posterior means, `(examples, latent_dim)`.
            variance: posterior variances of the same shape; the fit is then that of the aggregated
                posterior, the mean of q(z|x) over the examples.
            seed: an int; the same data and seed give the same density.

        Raises:
            ValueError: on fewer than two examples, or entries that are not finite.
        """
        raise NotImplementedError

    def sample(self, count, rng, temperature=1.0):
        """Draw latent vectors.

        Args:
            count: how many.
            rng: a `numpy.random.Generator`.
            temperature: what the standard deviation of the noise is multiplied by.

        Returns:
            float32 `(count, latent_dim)`.
        """
        raise NotImplementedError

    def log_prob(self, z):
        """log density at `z`, `(n, latent_dim)`, in nats: float32 `(n,)`."""
        raise NotImplementedError

    @property
    def stddev(self):
        """Standard deviation of each unit, `(latent_dim,)`."""
        raise NotImplementedError

    def check_latents(self, z):
        """`z` as a float64 array `(n, latent_dim)`; a ValueError where it is none."""
        z = np.asarray(ops.convert_to_numpy(z), dtype="float64")
        if z.ndim != 2 or z.shape[1] != self.latent_dim:
            raise ValueError(
                f"A density is that of latent vectors of shape (n, {self.latent_dim}). "
                f"Received: z.shape={z.shape}"
            )
        return z

    def check_moments(self, mean, variance):
        """What `fit` is given as float64 arrays; a ValueError where nothing can be fitted to it."""
        mean = np.asarray(mean, dtype="float64")
        if mean.ndim < 2 or mean.shape[0] < 2 or mean.shape[1:] != self.latent_shape:
            shape = ", ".join(map(str, self.latent_shape))
            raise ValueError(
                f"A prior is fitted to latent vectors of shape (examples, {shape}), at "
                f"least two of them. Received: shape={mean.shape}"
            )
        if not np.isfinite(mean).all():
            raise ValueError("The latent vectors to fit a prior to are not all finite numbers.")
        if variance is None:
            return mean, None
        variance = np.asarray(variance, dtype="float64")
        if variance.shape != mean.shape or not np.all((variance >= 0.0) & np.isfinite(variance)):
            raise ValueError(
                "Posterior variances must be finite numbers of at least 0, of the shape of the "
                f"means {mean.shape}. Received: variance.shape={variance.shape}"
            )
        return mean, variance

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "latent_dim": self.latent_dim}


def draw(mean, variance, rng):
    """One draw from each posterior; codes without a variance are their own draws."""
    if variance is None:
        return mean
    return mean + np.sqrt(variance) * rng.standard_normal(mean.shape)


def as_floats(*weights):
    """Weights as float64 arrays: a sum over thousands of terms keeps its digits."""
    return [ops.convert_to_numpy(weight).astype("float64") for weight in weights]
