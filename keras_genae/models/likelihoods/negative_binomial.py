"""The negative binomial likelihood."""

import keras
from keras import ops

from keras_genae import distributions
from keras_genae.models.likelihoods.counts import Counts

DISPERSIONS = ("feature", "entry")


@keras.saving.register_keras_serializable(package="keras_genae.likelihoods")
class NegativeBinomial(Counts):
    """Counts with variance μ + μ²/θ, given how many there are in all; more in `Counts`.

    Choose it for counts that vary more than independent events do: genes, words, visits. Its limit:
    the total of an example is given, not modelled; where it is what one wants to know of, it is
    lost.

    Args:
        dispersion: whose θ is: `"feature"`, a weight for each feature, the same in all examples;
            `"entry"`, the decoder says it for each entry, by a second number.

    Raises:
        ValueError: for images, or another dispersion.

    Example: a VAE of counts as they were counted.

    >>> import numpy as np, keras_genae as genae
    >>> rng = np.random.default_rng(0)
    >>> counts = rng.poisson(rng.gamma(1.0, 5.0, size=(64, 20)))
    >>> model = genae.VAE(
    ...     (20,), latent_dim=2, widths=(16,), likelihood="negative_binomial", seed=0
    ... )
    >>> model.compile(optimizer="adam")
    >>> history = model.fit(counts, epochs=1, verbose=0)
    >>> shares = model.reconstruct(counts) / counts.sum(axis=1, keepdims=True)
    >>> model.encode(counts).shape, bool(np.allclose(shares.sum(axis=1), 1.0, rtol=1e-4))
    ((64, 2), True)

    Reference:
        Lopez et al., "Deep Generative Modeling for Single-Cell Transcriptomics", 2018.
    """

    NAME = "negative_binomial"

    def __init__(self, dispersion="feature", **kwargs):
        super().__init__(**kwargs)
        if dispersion not in DISPERSIONS:
            raise ValueError(
                f"`dispersion` must be one of {', '.join(map(repr, DISPERSIONS))}. "
                f"Received: dispersion={dispersion!r}"
            )
        self.dispersion = dispersion

    @property
    def numbers(self):
        """The share, and the dispersion where it is that of an entry."""
        return self.NUMBERS + (self.dispersion == "entry")

    def build(self, input_shape):
        """See `Likelihood.build`."""
        super().build(input_shape)
        if self.dispersion == "feature":
            self.log_dispersions = self.log_weight("log_dispersion", self.example_shape)

    def log_dispersion(self, others):
        """log θ, from what the decoder says last, or from the weights."""
        if self.dispersion == "feature":
            return self.log_of(self.log_dispersions)
        return self.LOG_BOUND * ops.tanh(others[-1] / self.LOG_BOUND)

    def counts(self, log_mean, others):
        """See `Counts.counts`."""
        return distributions.NegativeBinomial(log_mean, self.log_dispersion(others))

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "dispersion": self.dispersion}
