"""The normal distribution wrapped around the Poincaré ball."""

from keras import ops

from keras_genae.distributions.real.diagonal_normal import DiagonalNormal


class WrappedNormal:
    """z = exp_mean(v / λ_mean), v ~ N(0, diag(exp(log_var))): a normal step from `mean`.

        log p(z) = log N(v; 0, diag(σ²)) − (d − 1)·log(sinh(√c·‖v‖) / (√c·‖v‖))

    with v the step from `mean` to z. Densities are those per volume of the ball's own metric.

    Args:
        ball: a `PoincareBall`.
        mean: points of the ball, a float tensor or array `(..., latent_dim)`.
        log_var: log σ² of the step, of the same shape.

    Example:

    >>> import numpy as np
    >>> from keras_genae.distributions import DiagonalNormal
    >>> from keras_genae.distributions.curved.poincare_ball import PoincareBall
    >>> flat = WrappedNormal(PoincareBall(1e-6), np.zeros((1, 2)), np.zeros((1, 2)))
    >>> v = np.array([[0.3, -0.4]])
    >>> bool(np.allclose(flat.log_prob(0.5 * v), DiagonalNormal.standard(2).log_prob(v), atol=1e-4))
    True

    References:
        Mathieu et al., "Continuous Hierarchical Representations with Poincaré Variational
        Auto-Encoders", 2019;
        Nagano et al., "A Wrapped Normal Distribution on Hyperbolic Space for Gradient-Based
        Learning", 2019.
    """

    def __init__(self, ball, mean, log_var):
        self.ball = ball
        self.mean = mean
        self.log_var = log_var

    @property
    def parameters(self):
        """What tells posteriors on the same ball apart, a tuple."""
        return self.mean, self.log_var

    @property
    def step(self):
        """The distribution of v."""
        log_var = ops.cast(self.log_var, "float32")
        return DiagonalNormal(ops.zeros_like(log_var), log_var)

    def sample(self, seed=None):
        """One draw each, float32 of the shape of `mean`, with gradients to mean and σ."""
        return self.ball.walk(ops.cast(self.mean, "float32"), self.step.sample(seed))

    def log_prob(self, z):
        """log density at `z`, `(..., latent_dim)`, in nats: `(...)`."""
        v = self.ball.steps(ops.cast(self.mean, "float32"), ops.cast(z, "float32"))
        length = ops.sqrt(ops.sum(ops.square(v), axis=-1, keepdims=True) + 1e-30)
        spread = self.ball.log_spread(length, v.shape[-1])
        return self.step.log_prob(v) - spread[..., 0]
