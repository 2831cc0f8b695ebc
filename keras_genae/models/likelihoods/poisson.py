"""The Poisson likelihood."""

import keras

from keras_genae import distributions
from keras_genae.models.likelihoods.counts import Counts


@keras.saving.register_keras_serializable(package="keras_genae.likelihoods")
class Poisson(Counts):
    """Counts of Poisson variables, given how many there are in all; more in `Counts`.

    Choose it for counts of events that happen independently, such as photons. Its limit: the
    variance is the mean. Counts that vary more, as those of genes and words do, want
    `"negative_binomial"`.

    Raises:
        ValueError: for images.

    Example: a VAE of counts, which are not scaled, and three of which in the first example are
    not known.

    >>> import numpy as np, keras_genae as genae
    >>> rng = np.random.default_rng(0)
    >>> counts = rng.poisson(rng.gamma(1.0, 5.0, size=(64, 20)))
    >>> model = genae.VAE((20,), latent_dim=2, widths=(16,), likelihood="poisson", seed=0)
    >>> model.compile(optimizer="adam")
    >>> is_known = np.ones(counts.shape, bool)
    >>> is_known[0, :3] = False
    >>> history = model.fit(counts, sample_weight=is_known, epochs=1, verbose=0)
    >>> bool(np.allclose(model.reconstruct(counts).sum(axis=1), counts.sum(axis=1), rtol=1e-4))
    True
    """

    NAME = "poisson"

    def counts(self, log_mean, others):
        """See `Counts.counts`."""
        return distributions.Poisson(log_mean)
