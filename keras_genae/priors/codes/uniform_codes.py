"""All codes alike."""

import keras
import numpy as np

from keras_genae.priors.codes.code_sequence import CodeSequence


@keras.saving.register_keras_serializable(package="keras_genae")
class UniformCodesPrior(keras.layers.Layer):
    """Every code as likely as every other, at all places: there is nothing to fit.

    Args:
        shape, size, codebooks: of the codes, see `CodeSequence`.

    Example:

    >>> import numpy as np
    >>> prior = UniformCodesPrior(shape=(2, 3), size=4)
    >>> codes = prior.sample(5, np.random.default_rng(0))
    >>> codes.shape, bool(np.allclose(prior.log_prob(codes), -6 * np.log(4)))
    ((5, 2, 3), True)
    """

    def __init__(self, shape, size, codebooks=1, **kwargs):
        super().__init__(**{"dtype": "float32", "trainable": False, **kwargs})
        self.sequence = CodeSequence(shape, size, codebooks)
        self.built = True

    def sample(self, count, rng, temperature=1.0, top_k=None, label=None):
        """Draw codes, `(count, *shape)`: they are no more typical at another temperature."""
        self.check_alike(temperature, top_k, label)
        shape = (count, len(self.sequence.codebook_of))
        return self.sequence.codes_of(rng.integers(self.sequence.size, size=shape).astype("int32"))

    def log_prob(self, codes, label=None, batch_size=None, verbose=0):
        """log probability of codes, in nats: float32 `(n,)`; see `TransformerPrior.log_prob`."""
        self.check_alike(label=label)
        rows = self.sequence.rows_of(codes)
        return np.full(len(rows), -rows.shape[1] * np.log(self.sequence.size), "float32")

    def check_alike(self, temperature=1.0, top_k=None, label=None):
        """Check that nothing is asked for which would make some codes likelier than others."""
        if temperature != 1.0 or top_k is not None or label is not None:
            raise ValueError(
                "All codes are alike before a prior is fitted, `model.fit_prior(x)`: there is no "
                "temperature, no most likely code and no class. "
                f"Received: temperature={temperature}, top_k={top_k}, label={label!r}"
            )

    def get_config(self):
        """The constructor's arguments."""
        sequence = self.sequence
        own = {"shape": sequence.shape, "size": sequence.size, "codebooks": sequence.codebooks}
        return {**super().get_config(), **own}
