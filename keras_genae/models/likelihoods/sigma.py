"""The normal likelihood with its scale at the optimum."""

import keras

from keras_genae.layers.optimal_scale import squared_error
from keras_genae.models.likelihoods.gaussian import Gaussian


@keras.saving.register_keras_serializable(package="keras_genae.likelihoods")
class Sigma(Gaussian):
    """N(mean, σ²) with σ at its optimum, shared by all entries: see `layers.OptimalScale`.

    Example:

    >>> import numpy as np
    >>> sigma = Sigma()
    >>> sigma.build((None, 2))
    >>> normal = sigma.distribution(np.zeros((1, 2)), scale=1.0)
    >>> np.array(sigma.misfit(normal, np.array([[1.0, 3.0]]))).tolist()
    [[1.0, 9.0]]

    Reference:
        Rybkin et al., "Simple and Effective VAE Training with Calibrated Decoders", 2021.
    """

    NAME = "sigma"
    TAKES_SCALE = False
    DEFAULT_SCALE = None

    def misfit(self, distribution, target):
        """The squared error: its mean is σ²."""
        return squared_error(target, distribution.mean)
