"""The normal distribution with diagonal covariance: posteriors and priors over latent vectors."""

import math

from keras import ops

from keras_genae import noise

LOG_TWO_PI = math.log(2.0 * math.pi)


class DiagonalNormal:
    """N(mean, diag(exp(log_var))) over vectors of `latent_dim` entries.

    The posterior q(z|x) of a variational autoencoder, and its prior p(z). A unit is one entry of
    the vector; the units are independent, so every number below is a sum over units.

    Args:
        mean: float tensor or array `(..., latent_dim)`.
        log_var: log σ², of the same shape.

    Example:

    >>> import numpy as np
    >>> posterior = DiagonalNormal(mean=np.array([[1.0, 0.0]]), log_var=np.zeros((1, 2)))
    >>> float(posterior.kl()[0])          # ½ · 1²
    0.5

    Reference:
        Kingma & Welling, "Auto-Encoding Variational Bayes", 2014, appendix B.
    """

    def __init__(self, mean, log_var):
        self.mean = mean
        self.log_var = log_var

    @classmethod
    def standard(cls, latent_dim):
        """N(0, I) over `latent_dim` units, the prior of the VAE."""
        return cls(ops.zeros((latent_dim,)), ops.zeros((latent_dim,)))

    @property
    def parameters(self):
        """What tells posteriors apart, a tuple: `DiagonalNormal(*parameters)` is the same one."""
        return self.mean, self.log_var

    @property
    def stddev(self):
        """σ, of the shape of the mean."""
        return ops.exp(0.5 * ops.cast(self.log_var, "float32"))

    def sample(self, seed=None):
        """One draw by reparametrisation, z = mean + σ·ε with ε from N(0, I).

        Args:
            seed: an int (the same draw each time), a `keras.random.SeedGenerator`, or
                `keras_genae.noise.ExampleSeeds`.

        Returns:
            A float32 tensor of the shape of the mean, through which gradients reach mean and σ.
        """
        mean = ops.cast(self.mean, "float32")
        epsilon = noise.normal(ops.shape(mean), seed)
        return mean + self.stddev * epsilon

    def log_prob(self, z):
        """log density at `z`, `(..., latent_dim)`, in nats, summed over units: `(...)`."""
        mean, log_var = ops.cast(self.mean, "float32"), ops.cast(self.log_var, "float32")
        squared = ops.square(ops.cast(z, "float32") - mean) * ops.exp(-log_var)
        return -0.5 * ops.sum(squared + log_var + LOG_TWO_PI, axis=-1)

    def times(self, other):
        """The normal whose density is proportional to the product of both: precisions add up.

        1/σ² = 1/σ₁² + 1/σ₂², and the mean is that of both, weighed by their precisions.

        Args:
            other: a `DiagonalNormal` over the same units.

        Returns:
            A normal of the class of this one.

        Example:

        >>> import numpy as np
        >>> near, far = (DiagonalNormal(np.full((1, 1), m), np.zeros((1, 1))) for m in (0.0, 2.0))
        >>> both = near.times(far)
        >>> float(both.mean[0, 0]), round(float(both.stddev[0, 0]) ** 2, 3)
        (1.0, 0.5)
        """
        mean, log_var = ops.cast(self.mean, "float32"), ops.cast(self.log_var, "float32")
        other_mean = ops.cast(other.mean, "float32")
        other_log_var = ops.cast(other.log_var, "float32")
        # The other's share in the precision; by differences, where one precision may be infinite.
        share = ops.sigmoid(log_var - other_log_var)
        return type(self)(
            mean + share * (other_mean - mean), -ops.logaddexp(-log_var, -other_log_var)
        )

    def has_kl(self, prior):
        """Whether the KL divergence to `prior` has a closed form: to a normal of its own kind."""
        return isinstance(prior, DiagonalNormal)

    def kl_per_unit(self, prior=None):
        """KL(self ‖ prior) of each unit in nats, `(..., latent_dim)`; by default to N(0, I)."""
        mean, log_var = ops.cast(self.mean, "float32"), ops.cast(self.log_var, "float32")
        prior = prior or DiagonalNormal.standard(mean.shape[-1])
        prior_mean = ops.cast(prior.mean, "float32")
        prior_log_var = ops.cast(prior.log_var, "float32")
        log_ratio = log_var - prior_log_var
        distance = ops.square(mean - prior_mean) * ops.exp(-prior_log_var)
        # Rounding may leave e^r − 1 − r below zero by as little.
        return 0.5 * (distance + ops.maximum(ops.expm1(log_ratio) - log_ratio, 0.0))

    def kl(self, prior=None):
        """KL(self ‖ prior) in nats, summed over units, `(...)`; by default to N(0, I)."""
        return ops.sum(self.kl_per_unit(prior), axis=-1)

    def active_units(self, threshold=0.01):
        """Which units tell examples apart: those whose mean varies over the examples.

        The measure of the paper, made for codes about as wide as N(0, I). Where codes are narrower,
        a unit may count as inactive here and still carry much: see `dead_units`.

        Args:
            threshold: smallest variance of an active unit's mean; 0.01 as in the paper.

        Returns:
            A boolean tensor `(latent_dim,)`, for a mean of shape `(examples, latent_dim)`.

        Reference:
            Burda et al., "Importance Weighted Autoencoders", 2016, section 5.2.
        """
        return ops.var(ops.cast(self.mean, "float32"), axis=0) > threshold

    def dead_units(self, threshold=0.005):
        """Which units tell nothing: their posterior is the same normal, whatever the example.

        The KL divergence of a dead unit is near 0 to the prior that suits it best, the normal with
        the mean and variance of all its posteriors together. That KL bounds what the unit tells of
        x, whatever the scale of its codes and the model's prior, and whatever `free_bits` let it
        spend. Where the codes fill N(0, I), the threshold is that of `active_units`.

        Args:
            threshold: nats below which a unit is dead.

        Returns:
            A boolean tensor `(latent_dim,)`, for a mean of shape `(examples, latent_dim)`.

        Example:

        >>> import numpy as np
        >>> mean = np.array([[0.05, 0.0], [-0.05, 0.0]])  # small codes, smaller σ
        >>> posterior = DiagonalNormal(mean, log_var=np.array([[-9.0, 0.0], [-9.0, 0.0]]))
        >>> np.array(posterior.active_units()), np.array(posterior.dead_units())
        (array([False, False]), array([False,  True]))
        """
        mean, log_var = ops.cast(self.mean, "float32"), ops.cast(self.log_var, "float32")
        variance = ops.var(mean, axis=0) + ops.mean(ops.exp(log_var), axis=0)
        return 0.5 * (ops.log(variance) - ops.mean(log_var, axis=0)) < threshold
