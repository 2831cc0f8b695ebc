"""Posteriors that a normalising flow makes of normal ones."""

import functools

from keras import ops


class FlowPosterior:
    """q(z|x) of z = f_K(… f_1(z₀)), z₀ from a normal distribution.

        log q(z|x) = log q(z₀|x) − Σ_k log |det ∂f_k/∂z|

    The density is known at the distribution's own draws, where the steps were taken forwards; the
    steps of most flows have no inverse in closed form, so at other points it is not.

    Args:
        base: q(z₀|x), a `DiagonalNormal`.
        steps: functions of z and the context, each `(batch, ...)`, to (z', log |det ∂z'/∂z|).
        context: what an encoder says of x beside the base, `(batch, units)`.

    Example:

    >>> import numpy as np
    >>> from keras_genae.distributions import DiagonalNormal
    >>> base = DiagonalNormal(np.zeros((1, 2)), np.zeros((1, 2)))
    >>> double = lambda z, context: (2.0 * z, 2.0 * np.log(2.0))
    >>> z, log_prob = FlowPosterior(base, [double], None).sample_and_log_prob(seed=0)
    >>> same = DiagonalNormal(np.zeros((1, 2)), np.full((1, 2), np.log(4.0)))
    >>> bool(np.allclose(log_prob, same.log_prob(z)))
    True

    Reference:
        Rezende & Mohamed, "Variational Inference with Normalizing Flows", 2015.
    """

    def __init__(self, base, steps, context):
        self.base = base
        self.steps = steps
        self.context = context
        # Draws and their log densities, which nobody could find again from the draws alone.
        self.known = []

    @property
    def parameters(self):
        """What tells posteriors of the same steps apart, a tuple."""
        return *self.base.parameters, self.context

    @functools.cached_property
    def mean(self):
        """Where the steps take the mean of the base: the code, though not quite the mean of q."""
        return self.carry(ops.cast(self.base.mean, "float32"))[0]

    def sample_and_log_prob(self, seed=None):
        """A draw, `(batch, latent_dim)`, and log q(z|x) there, `(batch,)`."""
        return self.carry(self.base.sample(seed))

    def sample(self, seed=None):
        """One draw, as of `DiagonalNormal.sample`."""
        return self.sample_and_log_prob(seed)[0]

    def log_prob(self, z):
        """log q(z|x) in nats at a draw of this distribution, or at its mean: `(batch,)`."""
        for draw, log_prob in self.known:
            if draw is z:
                return log_prob
        raise ValueError(
            "The steps of a flow cannot be inverted in closed form: its density is known at its "
            "own draws, the very tensors that `sample` returned. Received: another tensor"
        )

    def carry(self, z):
        """Take all steps from a draw of the base."""
        log_prob = self.base.log_prob(z)
        for step in self.steps:
            z, log_det = step(z, self.context)
            log_prob = log_prob - log_det
        self.known.append((z, log_prob))
        return z, log_prob
