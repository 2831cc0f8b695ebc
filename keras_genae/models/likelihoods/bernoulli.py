"""The Bernoulli likelihood."""

import keras

from keras_genae import distributions
from keras_genae.models.likelihoods.likelihood import Likelihood
from keras_genae.models.value_ranges import UNIT


@keras.saving.register_keras_serializable(package="keras_genae.likelihoods")
class Bernoulli(Likelihood):
    """Binary cross-entropy; the decoder gives one number an entry, the logit of a one.

    Example:

    >>> import numpy as np
    >>> float(Bernoulli().distribution(np.zeros((1, 2)), scale=1.0).mean[0, 0])
    0.5
    """

    NAME = "bernoulli"
    # Of zeros and ones.
    IS_DISCRETE = True

    @property
    def values(self):
        """From 0 to 1, vectors too."""
        return UNIT

    def distribution(self, raw, scale):
        """See `Likelihood.distribution`."""
        return distributions.Bernoulli(raw)
