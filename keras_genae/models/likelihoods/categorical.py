"""The categorical likelihood of grey levels."""

import keras

from keras_genae import distributions
from keras_genae.models.likelihoods.grey_levels import GreyLevels


@keras.saving.register_keras_serializable(package="keras_genae.likelihoods")
class Categorical(GreyLevels):
    """A softmax over the 256 grey levels of each pixel and channel, given z; for bytes.

    The decoder gives 256 numbers an entry. Choose it where the levels have no order worth
    speaking of, such as few colours or indices. Its limits: a last layer of 256 times the channels,
    and each level has to be learned by itself; of photographs `"logistic_mixture"` learns faster.

    Raises:
        ValueError: for vectors.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> x = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 1)).astype("uint8")
    >>> model = genae.ConvVAE((8, 8, 1), 2, widths=(4,), likelihood="categorical", seed=0)
    >>> model.decoder.output_shape
    (None, 8, 8, 256)
    >>> round(genae.evaluation.bits_per_dimension(model, x), 1)     # untrained
    8.0
    """

    NAME = "categorical"
    NUMBERS = 256

    def distribution(self, raw, scale):
        """See `Likelihood.distribution`."""
        return distributions.Categorical(self.of_entries(raw))
