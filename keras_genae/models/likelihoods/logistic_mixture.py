"""The discretised logistic mixture as a likelihood."""

import keras
from keras import ops

from keras_genae import distributions
from keras_genae.models.likelihoods.grey_levels import GreyLevels
from keras_genae.networks.checks import check_whole


@keras.saving.register_keras_serializable(package="keras_genae.likelihoods")
class LogisticMixture(GreyLevels):
    """A mixture of K logistic distributions over the 256 grey levels of each pixel, given z.

    The decoder gives 3 K numbers an entry, in K maps each: the logits of the components, their
    means and their log scales. Choose it for the bits per dimension of photographs in bytes. The
    channels of a pixel are independent given z, unlike in the paper, where each is conditioned on
    those before it: so any number of channels is taken, and the mean is known without drawing; its
    limit is that what channels share beyond z costs bits.

    Args:
        components: K.

    Raises:
        ValueError: for vectors, or `components` that is no whole number above 0.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> x = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 3)).astype("uint8")
    >>> model = genae.ConvVAE((8, 8, 3), 2, widths=(4,), likelihood="logistic_mixture", seed=0)
    >>> model.decoder.output_shape
    (None, 8, 8, 45)
    >>> 7.0 < genae.evaluation.bits_per_dimension(model, x) < 12.0          # untrained
    True

    Reference:
        Salimans et al., "PixelCNN++: Improving the PixelCNN with Discretized Logistic Mixture
        Likelihood and Other Modifications", 2017.
    """

    NAME = "logistic_mixture"

    def __init__(self, components=5, **kwargs):
        super().__init__(**kwargs)
        self.components = check_whole("components", components)

    @property
    def numbers(self):
        """A logit, a mean and a log scale of each component."""
        return 3 * self.components

    def distribution(self, raw, scale):
        """See `Likelihood.distribution`."""
        parts = ops.split(self.of_entries(raw), 3, axis=-1)
        return distributions.LogisticMixture(*parts)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "components": self.components}
