"""The normal likelihood with a fixed scale."""

import keras

from keras_genae.distributions import Normal
from keras_genae.models.likelihoods.likelihood import Likelihood

# The image that a decoder of zeros stands for. Started from black, training first goes through
# brightness, and is behind for epochs.
MID_GREY = 0.5


@keras.saving.register_keras_serializable(package="keras_genae.likelihoods")
class Gaussian(Likelihood):
    """N(mean, σ²) with a fixed σ, `scale=` of the model: the squared error in nats.

    The decoder gives one number an entry, the mean; of an image, what it is above mid-grey.

    Example:

    >>> import numpy as np
    >>> gaussian = Gaussian()
    >>> gaussian.build((None, 2))
    >>> float(gaussian.distribution(np.array([[1.0, 2.0]]), scale=1.0).mean[0, 1])
    2.0
    """

    NAME = "gaussian"
    TAKES_SCALE = True

    @property
    def is_raw(self):
        """Of vectors the output is the mean itself."""
        return self.is_image

    def distribution(self, raw, scale):
        """See `Likelihood.distribution`."""
        return Normal(self.location(raw), scale)

    def location(self, raw):
        """The middle of p(x|z)."""
        # No sigmoid: under a squared error its gradient dies where pixels are black or white, and
        # with it the training on dark images.
        return raw + MID_GREY if self.is_image else raw
