"""The Laplace likelihood."""

import keras
from keras import ops

from keras_genae import distributions
from keras_genae.models.likelihoods.gaussian import Gaussian


@keras.saving.register_keras_serializable(package="keras_genae.likelihoods")
class Laplace(Gaussian):
    """exp(−|x − mean| / b) / 2b: the absolute error in nats, which outliers move less.

    b is `scale=` of the model; by default it is kept at its optimum, the mean absolute error of the
    last training batches, as σ is by `"sigma"`. Choose it for sharper edges than the squared error
    leaves, and for data with some wrong entries. Its limit: the decoder aims at the median, so of
    an entry that is 0 more often than not it says 0.

    Example:

    >>> import numpy as np
    >>> laplace = Laplace()
    >>> laplace.build((None, 2))
    >>> p = laplace.distribution(np.zeros((1, 2)), scale=0.5)
    >>> np.array(laplace.misfit(p, np.array([[1.0, -3.0]]))).tolist()
    [[1.0, 3.0]]
    """

    NAME = "laplace"
    DEFAULT_SCALE = None
    POWER = 1
    # As σ: a quarter of the step between two grey values of 256.
    SMALLEST_SCALE = 1e-3

    def distribution(self, raw, scale):
        """See `Likelihood.distribution`."""
        return distributions.Laplace(self.location(raw), ops.maximum(scale, self.SMALLEST_SCALE))

    def misfit(self, distribution, target):
        """The absolute error: its mean is b."""
        return ops.abs(ops.cast(target, "float32") - distribution.mean)
