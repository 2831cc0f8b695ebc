"""The continuous Bernoulli likelihood."""

import keras

from keras_genae import distributions
from keras_genae.models.likelihoods.likelihood import Likelihood
from keras_genae.models.value_ranges import UNIT


@keras.saving.register_keras_serializable(package="keras_genae.likelihoods")
class ContinuousBernoulli(Likelihood):
    """A density on [0, 1]; the decoder gives one number an entry, the logit of λ.

    Example:

    >>> import numpy as np
    >>> likelihood = ContinuousBernoulli()
    >>> float(likelihood.distribution(np.zeros((1, 2)), scale=1.0).mean[0, 0])
    0.5

    Reference:
        Loaiza-Ganem & Cunningham, "The continuous Bernoulli: fixing a pervasive error in
        variational autoencoders", 2019.
    """

    NAME = "continuous_bernoulli"

    @property
    def values(self):
        """From 0 to 1, vectors too."""
        return UNIT

    def distribution(self, raw, scale):
        """See `Likelihood.distribution`."""
        return distributions.ContinuousBernoulli(raw)
