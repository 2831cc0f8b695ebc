"""Densities of counts and heavy tails without differences of large numbers.

log Γ is never written: at a count of a million it is ten million, and the two or three of them in a
log density cancel to a number near −10, of which float32 would keep nothing. Stirling's formula is
taken out of each instead, and what it leaves is added up in a form without cancellation.

Reference:
    Loader, "Fast and Accurate Computation of Binomial Probabilities", 2000.
"""

import math

from keras import ops

HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)
# Below this the argument is moved up by so much, before the series is right to float32.
SMALL, STEPS = 8.0, 3


def stirling_error(x):
    """δ(x) = log Γ(x + 1) − (x + ½) log x + x − ½ log 2π: what Stirling's formula is off by.

    Args:
        x: float32 tensor of numbers above 0.

    Returns:
        float32 tensor, about 1 / 12x.
    """
    # Γ(x + 2) = (x + 1) Γ(x + 1), so δ(x) = δ(x + 1) + (x + ½) log(1 + 1/x) − 1.
    is_small = x < SMALL
    low = ops.where(is_small, x, 1.0)
    steps = sum((low + k + 0.5) * ops.log1p(1.0 / (low + k)) - 1.0 for k in range(STEPS))
    inverse = 1.0 / ops.where(is_small, x + float(STEPS), x)
    square = ops.square(inverse)
    series = 1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0)
    return ops.where(is_small, steps, 0.0) + inverse * (1.0 / 12.0 - square * series)


def log_ratio(difference, b, far):
    """log(a / b), with its digits where a is near b, their difference being known to all digits.

    Args:
        difference: a − b, float32 tensor.
        b: float32 tensor of numbers from 0 up.
        far: log(a / b) by other means, right where a is not near b.
    """
    # The branch not taken must still be finite, and so must its gradient.
    relative = difference / ops.maximum(b, 1e-12)
    is_near = ops.abs(relative) < 0.5
    return ops.where(is_near, ops.log1p(ops.where(is_near, relative, 0.0)), far)


def deviance(x, mean, log_mean):
    """x log(x / mean) − x + mean: how much less likely a Poisson count of x is than at its best.

    Args:
        x: float32 tensor of numbers from 0 up.
        mean, log_mean: float32 tensors, one the logarithm of the other; the mean may underflow.

    Returns:
        float32 tensor from 0 up.
    """
    far = log_of_count(x) - log_mean
    return x * log_ratio(x - mean, mean, far) - (x - mean)


def log_of_count(x):
    """log x, and any finite number at 0, where 0 · log 0 is to be 0."""
    return ops.log(ops.where(x > 0.0, x, 1.0))
