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

    Of a model whose encoder and decoder are given side information c, the middle of the codes moves
    with c, by the linear regression of codes on c: for classes by the mean of each. What c says of
    the code is then no longer in z, so that draws from N(0, I) with a class are of that class.

    Args:
        latent_dim: entries of a code.
        condition_size: entries of c; 0 where there is none.

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
    # Added to the variances of c, of which one may hardly vary, or classes always sum to 1.
    RIDGE = 1e-4

    def __init__(self, latent_dim, condition_size=0, **kwargs):
        super().__init__(**kwargs)
        self.latent_dim, self.condition_size = latent_dim, condition_size
        # Of codes and c, one behind the other.
        size = latent_dim + condition_size
        self.examples = self.running_sum("examples")
        self.first = self.running_sum("first", (size,))
        self.second = self.running_sum("second", (size, size))
        # What codes are whitened by; replicas keep that of the first, as averages of axes are none.
        kept = {"trainable": False, "aggregation": "only_first_replica"}
        self.batches = self.add_weight(
            name="batches", shape=(), dtype="int32", initializer="zeros", **kept
        )
        self.center = self.add_weight(
            name="center", shape=(latent_dim,), initializer="zeros", **kept
        )
        # How far the center moves with each entry of c.
        self.slope = None
        if condition_size:
            self.slope = self.add_weight(
                name="slope", shape=(condition_size, latent_dim), initializer="zeros", **kept
            )
        # One column for each axis, as long as the standard deviation along it.
        self.axes = self.add_weight(
            name="axes", shape=(latent_dim, latent_dim), initializer="identity", **kept
        )
        self.built = True

    def center_at(self, c):
        """The middle of the codes: `(latent_dim,)`, or given c `(batch, latent_dim)`."""
        return self.center if c is None else self.center + ops.matmul(c, self.slope)

    def whiten(self, mean, log_var, c=None):
        """Mean and log σ² of posteriors, each `(batch, latent_dim)`, along the axes."""
        axes = ops.convert_to_tensor(self.axes)
        to_axes = axes / ops.sum(ops.square(axes), axis=0)
        variance = ops.matmul(ops.exp(log_var), ops.square(to_axes))
        log_var = ops.log(ops.maximum(variance, keras.config.epsilon() ** 4))
        return ops.matmul(mean - self.center_at(c), to_axes), log_var

    def restore(self, z, c=None):
        """Codes `(batch, latent_dim)` as the encoder put them, and the decoder takes them."""
        return self.center_at(c) + ops.matmul(z, ops.transpose(self.axes))

    def update(self, posterior, sample_weight, c=None):
        """Take in the posteriors of a training batch.

        Args:
            posterior: a `DiagonalNormal` along the axes.
            sample_weight: tensor `(batch,)`.
            c: side information `(batch, condition_size)`.
        """
        weight = ops.cast(sample_weight, "float32")[:, None]
        mean = self.restore(posterior.mean, c)
        if c is not None:
            mean = ops.concatenate([mean, c], axis=-1)
        noise = ops.sum(weight * ops.exp(posterior.log_var), axis=0)
        axes = ops.convert_to_tensor(self.axes)
        noise = ops.matmul(noise * axes, ops.transpose(axes))
        noise = ops.pad(noise, [[0, self.condition_size]] * 2)
        self.move(self.examples, ops.sum(weight))
        self.move(self.first, ops.sum(weight * mean, axis=0))
        self.move(self.second, ops.matmul(ops.transpose(weight * mean), mean) + noise)
        is_due = ops.convert_to_tensor(self.batches) % self.EVERY == 0
        found = ops.cond(is_due, self.optimum, self.in_use)
        for variable, value in zip(self.found(), found, strict=True):
            variable.assign(value)
        self.batches.assign_add(1)

    def found(self):
        """The variables that codes are whitened by."""
        return [self.center, self.axes] + ([] if self.slope is None else [self.slope])

    def in_use(self):
        """Their values, as tensors: JAX takes no variables in the branch of a `cond`."""
        return [ops.convert_to_tensor(variable) for variable in self.found()]

    def optimum(self):
        """Center, axes and slope of the codes; those in use where there is nothing to go by."""
        count, first, second = (
            ops.convert_to_tensor(total) for total in (self.examples, self.first, self.second)
        )
        mean = first / ops.maximum(count, keras.config.epsilon())
        covariance = second / ops.maximum(count, keras.config.epsilon())
        covariance -= ops.outer(mean, mean)
        mean, slope, covariance = self.given_condition(mean, covariance)
        # A run that diverges is told so by its loss; the eigenvalues of NaN would end it here.
        is_known = ops.logical_and(count > 0.0, ops.all(ops.isfinite(covariance)))
        variance, directions = ops.linalg.eigh(
            ops.where(is_known, covariance, ops.eye(self.latent_dim))
        )
        variance = ops.maximum(
            variance, self.SMALLEST_SHARE * variance[-1] + self.SMALLEST_VARIANCE
        )
        # Ascending as they are found; the widest axis comes first.
        axes = ops.flip(one_way_round(directions) * ops.sqrt(variance), axis=1)
        found = [mean, axes] + ([] if self.slope is None else [slope])
        return [
            ops.where(is_known, new, old) for new, old in zip(found, self.in_use(), strict=True)
        ]

    def given_condition(self, mean, covariance):
        """Center, slope and covariance of the codes given c, from the moments of both together."""
        if self.slope is None:
            return mean, None, covariance
        d = self.latent_dim
        of_c = covariance[d:, d:] + self.RIDGE * ops.eye(self.condition_size)
        # Sums that hold NaN are left alone by `optimum`; solving would end the run here.
        is_finite = ops.all(ops.isfinite(covariance))
        of_c = ops.where(is_finite, of_c, ops.eye(self.condition_size))
        slope = ops.solve(of_c, covariance[d:, :d])
        center = mean[:d] - ops.matmul(mean[d:], slope)
        return center, slope, covariance[:d, :d] - ops.matmul(covariance[:d, d:], slope)

    def get_config(self):
        """The constructor's arguments."""
        sizes = {"latent_dim": self.latent_dim, "condition_size": self.condition_size}
        return {**super().get_config(), **sizes}


def one_way_round(directions):
    """Directions, one a column, each with its largest entry above 0.

    An eigenvector is one either way round, and libraries differ in which they give: the noise of
    another computer would be the mirror image.
    """
    largest = ops.argmax(ops.abs(directions), axis=0)
    entries = ops.take_along_axis(directions, largest[None], axis=0)
    return ops.where(entries < 0.0, -directions, directions)
