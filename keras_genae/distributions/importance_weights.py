"""Importance weights of draws from q(z|x): bounds of log p(x), and what each draw counts in them.

All functions take log w = log p(x, z) − log q(z|x) of draws, `(batch, draws)`, and put the draws of
an example into groups of K, within which the weights are averaged.
"""

from keras import ops


def log_mean_weight(log_weights, groups=1):
    """log (1/K) Σ w of each group, averaged over the groups: `(batch,)`, in nats.

    A lower bound of log p(x) in expectation, the ELBO where each draw is a group of its own, and
    higher the fewer groups the same draws make.

    Args:
        log_weights: float tensor `(batch, draws)`.
        groups: how many; they divide the draws.

    Example:

    >>> import math, numpy as np
    >>> log_weights = np.log([[1.0, 3.0]])
    >>> round(math.exp(log_mean_weight(log_weights)[0]), 4)  # the mean of 1 and 3
    2.0

    References:
        Burda et al., "Importance Weighted Autoencoders", 2016;
        Rainforth et al., "Tighter Variational Bounds are Not Necessarily Better", 2018.
    """
    grouped = in_groups(log_weights, groups)
    draws = ops.cast(grouped.shape[-1], grouped.dtype)
    return ops.mean(ops.logsumexp(grouped, axis=-1) - ops.log(draws), axis=1)


def shares(log_weights, groups=1):
    """What each draw counts in `log_mean_weight`: w̃ / groups, `(batch, draws)`, the sum being 1.

    w̃ = w / Σ w within the group: the derivative of the bound in log w, through which no gradient
    flows.

    Args:
        log_weights, groups: as in `log_mean_weight`.
    """
    grouped = in_groups(ops.stop_gradient(log_weights), groups)
    weights = ops.exp(grouped - ops.max(grouped, axis=-1, keepdims=True))
    share = weights / (groups * ops.sum(weights, axis=-1, keepdims=True))
    return ops.reshape(share, ops.shape(log_weights))


def doubly_reparametrised(log_weights, groups=1, beta=1.0):
    """`log_mean_weight` with another gradient: the doubly reparametrised one.

    Σ w̃² · log w, the squares held constant, has in expectation the gradient of the bound for the
    encoder, where log w depends on it through the draws alone: q's own parameters within log q(z|x)
    are to be held constant by whoever makes log w. The part of the usual gradient that goes through
    them, the score, has been reparametrised a second time and is in the squares.

    Args:
        log_weights, groups: as in `log_mean_weight`.
        beta: the factor of log q(z|x) − log p(z) in log w. The score has it too, and what it leaves
            of w̃ is w̃ − beta · (w̃ − w̃²).

    Returns:
        Float tensor `(batch,)` with the value of `log_mean_weight`.

    Reference:
        Tucker et al., "Doubly Reparameterized Gradient Estimators for Monte Carlo Objectives",
        2019, equation 8 (beta = 1).
    """
    share = shares(log_weights, groups)  # w̃ / groups
    share -= beta * (share - groups * ops.square(share))
    value = ops.stop_gradient(log_mean_weight(log_weights, groups))
    return with_gradient_of(value, ops.sum(share * log_weights, axis=1))


def with_gradient_of(value, other):
    """`value`, through which besides its own gradient that of `other` flows."""
    return value + (other - ops.stop_gradient(other))


def in_groups(log_weights, groups):
    """`(batch, draws)` as `(batch, groups, K)`."""
    draws = log_weights.shape[1]
    return ops.reshape(ops.cast(log_weights, "float32"), (-1, groups, draws // groups))
