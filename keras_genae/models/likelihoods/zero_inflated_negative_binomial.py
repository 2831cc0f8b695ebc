"""The zero-inflated negative binomial likelihood."""

import keras

from keras_genae import distributions
from keras_genae.models.likelihoods.negative_binomial import NegativeBinomial


@keras.saving.register_keras_serializable(package="keras_genae.likelihoods")
class ZeroInflatedNegativeBinomial(NegativeBinomial):
    """Negative binomial counts, of which an entry is lost with a probability of its own.

    The decoder gives the shares, the logits of a loss, and with `dispersion="entry"` log θ: as maps
    in this order. Choose it where zeros are more than a negative binomial explains, such as in
    single-cell counts of older protocols. Its limits: with a low θ a negative binomial has many
    zeros itself, so losses and dispersion are told apart only by many counts; a mean is that of
    what is left, so that reconstructions sum to less than the counts.

    Args:
        dispersion: as of `NegativeBinomial`.

    Raises:
        ValueError: for images, or another dispersion.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> rng = np.random.default_rng(0)
    >>> counts = rng.poisson(rng.gamma(1.0, 5.0, size=(64, 20))) * (rng.random((64, 20)) < 0.5)
    >>> by_name = "zero_inflated_negative_binomial"
    >>> model = genae.VAE((20,), latent_dim=2, widths=(16,), likelihood=by_name, seed=0)
    >>> model.compile(optimizer="adam")
    >>> history = model.fit(counts, epochs=1, verbose=0)
    >>> model.decoder.output_shape
    (None, 40)

    Reference:
        Lopez et al., "Deep Generative Modeling for Single-Cell Transcriptomics", 2018.
    """

    NAME = "zero_inflated_negative_binomial"
    NUMBERS = 2

    def counts(self, log_mean, others):
        """See `Counts.counts`."""
        return distributions.ZeroInflatedNegativeBinomial(
            log_mean, self.log_dispersion(others), dropout_logits=others[0]
        )
