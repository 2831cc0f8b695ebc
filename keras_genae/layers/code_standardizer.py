"""The mean and spread of a VAE's prior, kept at their optimum while the rest is trained."""

import keras
from keras import ops

from keras_genae.layers.running_sums import RunningSums


@keras.saving.register_keras_serializable(package="keras_genae")
class CodeStandardizer(RunningSums):
    """Codes in units in which N(0, I) is the normal prior that suits them best.

    The scale of the codes hardly changes the ELBO, and training leaves it near where it started:
    the codes of a face model had a spread of 0.6 a unit, so that draws from N(0, I) lay far outside
    of what its decoder had ever seen. The normal distribution of independent units that is closest
    to all posteriors has a closed form: their common mean and variance. This layer keeps an average
    of both over the last hundred or so training batches, takes the encoder's outputs into their
    units, and codes back before the decoder. The model stays a VAE with the prior N(0, I);
    reconstructions are not touched.

    Args:
        latent_dim: entries of a code.
    """

    MOMENTUM = 0.99
    # Codes that are all the same have no spread to divide by.
    SMALLEST_VARIANCE = 1e-8

    def __init__(self, latent_dim, **kwargs):
        super().__init__(**kwargs)
        self.latent_dim = latent_dim
        self.examples = self.running_sum("examples")
        self.first = self.running_sum("first", (latent_dim,))
        self.second = self.running_sum("second", (latent_dim,))
        self.built = True

    def moments(self):
        """Mean and variance of each unit, float32 `(latent_dim,)`; 0 and 1 before any batch."""
        count, first, second = (
            ops.convert_to_tensor(total) for total in (self.examples, self.first, self.second)
        )
        is_empty = count <= 0.0
        count = ops.where(is_empty, 1.0, count)
        mean = first / count
        variance = ops.maximum(second / count - ops.square(mean), self.SMALLEST_VARIANCE)
        return mean, ops.where(is_empty, 1.0, variance)

    def standardize(self, mean, log_var):
        """Mean and log σ² of posteriors, each `(batch, latent_dim)`, in units of the prior."""
        center, variance = self.moments()
        return (mean - center) / ops.sqrt(variance), log_var - ops.log(variance)

    def restore(self, z):
        """Codes `(batch, latent_dim)` as the encoder put them, and the decoder takes them."""
        center, variance = self.moments()
        return center + ops.sqrt(variance) * z

    def update(self, posterior, sample_weight):
        """Take in the posteriors of a training batch.

        Args:
            posterior: a `DiagonalNormal` in units of the prior.
            sample_weight: tensor `(batch,)`.
        """
        center, variance = self.moments()
        mean = center + ops.sqrt(variance) * posterior.mean
        square = ops.square(mean) + variance * ops.exp(posterior.log_var)
        weight = ops.cast(sample_weight, "float32")[:, None]
        self.move(self.examples, ops.sum(weight))
        self.move(self.first, ops.sum(weight * mean, axis=0))
        self.move(self.second, ops.sum(weight * square, axis=0))

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "latent_dim": self.latent_dim}
