"""The bound on the logarithms of variances."""

from keras import ops

# log σ² of a posterior stays within ±20: beyond it exp overflows, or σ rounds to zero.
LOG_VAR_BOUND = 20.0


def bounded(values, bound):
    """Values within ±bound, smoothly, so that a gradient is left there; those far inside stay."""
    values = bound - ops.softplus(bound - values)
    return ops.softplus(values + bound) - bound
