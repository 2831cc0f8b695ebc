"""A VAE's codes in coordinates of their own, in which the prior that suits them is N(0, I)."""

import keras
from keras import ops

from keras_genae.layers.running_sums import RunningSums


@keras.saving.register_keras_serializable(package="keras_genae")
class CodeWhitener(RunningSums):
    """Codes whitened: of all normal priors, N(0, I) is the one closest to their posteriors.

    The normal distribution that is closest to all posteriors has a closed form: their common mean
    and covariance. Gradients leave the codes far from it, as the ELBO hardly feels their scale and
    how they hang together: those of a face model spread over 0.08 to 2.5 units along their
    principal axes, so that draws from N(0, I) lay outside of what its decoder had ever seen. This
    layer keeps an average of mean and covariance over the last hundred or so training batches. It
    takes the encoder's outputs to the principal axes, the widest first, each in units of its
    standard deviation, and codes back before the decoder: draws from N(0, I) are then spread as the
    codes are.

    A posterior of independent units has units along the principal axes that are not quite
    independent; they are taken as if they were, with the variance that each has. That is a
    posterior like any other, so the model stays a VAE with the prior N(0, I), and its ELBO a bound.
    Codes to and fro are the same, whatever the axes: means are reconstructed as without the layer.

    Args:
        latent_dim: entries of a code.

    Reference:
        Kessy, Lewin & Strimmer, "Optimal Whitening and Decorrelation", 2018 (PCA whitening).
    """

    MOMENTUM = 0.99
    # The axes follow each so many batches: finding them takes 37 ms for 512 units.
    EVERY = 10
    # A direction in which codes hardly differ is not blown up: its variance is counted as this
    # share of the largest, which is about the precision of the covariance.
    SMALLEST_SHARE = 1e-6
    SMALLEST_VARIANCE = 1e-8

    def __init__(self, latent_dim, **kwargs):
        super().__init__(**kwargs)
        self.latent_dim = latent_dim
        self.examples = self.running_sum("examples")
        self.first = self.running_sum("first", (latent_dim,))
        self.second = self.running_sum("second", (latent_dim, latent_dim))
        # What codes are whitened by; replicas keep that of the first, as averages of axes are none.
        kept = {"trainable": False, "aggregation": "only_first_replica"}
        self.batches = self.add_weight(
            name="batches", shape=(), dtype="int32", initializer="zeros", **kept
        )
        self.center = self.add_weight(
            name="center", shape=(latent_dim,), initializer="zeros", **kept
        )
        # One column for each axis, as long as the standard deviation along it.
        self.axes = self.add_weight(
            name="axes", shape=(latent_dim, latent_dim), initializer="identity", **kept
        )
        self.built = True

    def whiten(self, mean, log_var):
        """Mean and log σ² of posteriors, each `(batch, latent_dim)`, along the axes."""
        axes = ops.convert_to_tensor(self.axes)
        to_axes = axes / ops.sum(ops.square(axes), axis=0)
        variance = ops.matmul(ops.exp(log_var), ops.square(to_axes))
        log_var = ops.log(ops.maximum(variance, keras.config.epsilon() ** 4))
        return ops.matmul(mean - self.center, to_axes), log_var

    def restore(self, z):
        """Codes `(batch, latent_dim)` as the encoder put them, and the decoder takes them."""
        return self.center + ops.matmul(z, ops.transpose(self.axes))

    def update(self, posterior, sample_weight):
        """Take in the posteriors of a training batch.

        Args:
            posterior: a `DiagonalNormal` along the axes.
            sample_weight: tensor `(batch,)`.
        """
        weight = ops.cast(sample_weight, "float32")[:, None]
        mean = self.restore(posterior.mean)
        noise = ops.sum(weight * ops.exp(posterior.log_var), axis=0)
        axes = ops.convert_to_tensor(self.axes)
        second = ops.matmul(ops.transpose(weight * mean), mean)
        second += ops.matmul(noise * axes, ops.transpose(axes))
        self.move(self.examples, ops.sum(weight))
        self.move(self.first, ops.sum(weight * mean, axis=0))
        self.move(self.second, second)
        is_due = ops.convert_to_tensor(self.batches) % self.EVERY == 0
        center, axes = ops.cond(is_due, self.optimum, lambda: (self.center + 0.0, axes))
        self.center.assign(center)
        self.axes.assign(axes)
        self.batches.assign_add(1)

    def optimum(self):
        """Mean of the codes and their axes; those in use where there is nothing to go by."""
        count, first, second = (
            ops.convert_to_tensor(total) for total in (self.examples, self.first, self.second)
        )
        mean = first / ops.maximum(count, keras.config.epsilon())
        covariance = second / ops.maximum(count, keras.config.epsilon())
        covariance -= ops.outer(mean, mean)
        # A run that diverges is told so by its loss; the eigenvalues of NaN would end it here.
        is_known = ops.logical_and(count > 0.0, ops.all(ops.isfinite(covariance)))
        variance, directions = ops.linalg.eigh(
            ops.where(is_known, covariance, ops.eye(self.latent_dim))
        )
        variance = ops.maximum(
            variance, self.SMALLEST_SHARE * variance[-1] + self.SMALLEST_VARIANCE
        )
        # Ascending as they are found; the widest axis comes first.
        axes = ops.flip(directions * ops.sqrt(variance), axis=1)
        # As tensors: JAX takes no variables in the branch of a `cond`.
        center, kept = (ops.convert_to_tensor(now) for now in (self.center, self.axes))
        return ops.where(is_known, mean, center), ops.where(is_known, axes, kept)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "latent_dim": self.latent_dim}
