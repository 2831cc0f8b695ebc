"""Draws that take more than one random number: counts, and what they are made of.

By rejection, with as many tries at once as make a failure rarer than one in 10¹²: no loop whose
length depends on the draws, so that it compiles on every backend.
"""

import keras
from keras import ops

from keras_genae import noise
from keras_genae.distributions.saddle_point import HALF_LOG_TWO_PI, deviance, stirling_error

# Below this rate counts are drawn as arrivals, one by one; a count of 48 is then as rare.
FEW = 10.0
ARRIVALS = 48
TRIES = 20


def seeds_for(shape, seed):
    """Seeds that give other numbers with each draw, from an int, a generator or `None`."""
    if isinstance(seed, noise.ExampleSeeds):
        return seed
    stream = seed
    if not isinstance(seed, int):
        stream = keras.random.randint((), 0, 2**31 - 1, dtype="int32", seed=seed)
    return noise.ExampleSeeds(ops.arange(shape[0], dtype="int32"), stream)


def first_accepted(values, accepted):
    """Of tries along the last axis the first that is accepted."""
    first = ops.argmax(ops.cast(accepted, "int32"), axis=-1)
    return ops.take_along_axis(values, first[..., None], axis=-1)[..., 0]


def gamma(shape_parameter, seeds):
    """Draws from the gamma distribution of scale 1.

    Args:
        shape_parameter: float32 tensor `(batch, ...)` of numbers above 0.
        seeds: as of `seeds_for`.

    Reference:
        Marsaglia & Tsang, "A Simple Method for Generating Gamma Variables", 2000.
    """
    shape = ops.shape(shape_parameter)
    tries = (*shape, TRIES)
    # Below 1 a draw from one above it, times u^(1/α).
    is_small = shape_parameter < 1.0
    alpha = ops.where(is_small, shape_parameter + 1.0, shape_parameter)[..., None]
    d = alpha - 1.0 / 3.0
    normal = noise.normal(tries, seeds)
    root = 1.0 + normal / ops.sqrt(9.0 * d)
    v = root * root * root
    log_v = ops.log(ops.where(root > 0.0, v, 1.0))
    bound = 0.5 * ops.square(normal) + d * (1.0 - v + log_v)
    accepted = ops.logical_and(root > 0.0, ops.log(seeds.uniform(tries)) < bound)
    draw = first_accepted(d * v, accepted)
    shrink = ops.exp(ops.log(seeds.uniform(shape)) / shape_parameter)
    return draw * ops.where(is_small, shrink, 1.0)


def poisson(rate, seeds):
    """Draws from the Poisson distribution, whole numbers in float32.

    Args:
        rate: float32 tensor `(batch, ...)` of numbers from 0 up.
        seeds: as of `seeds_for`.

    Reference:
        Hörmann, "The Transformed Rejection Method for Generating Poisson Random Variables", 1993
        (from a rate of 10 up).
    """
    shape = ops.shape(rate)
    rate = rate[..., None]
    is_few = rate < FEW
    # Arrivals after waiting times of mean 1, until the rate.
    waits = ops.cumsum(-ops.log(seeds.uniform((*shape, ARRIVALS))), axis=-1)
    few = ops.sum(ops.cast(waits < ops.where(is_few, rate, 0.0), "float32"), axis=-1)

    rate = ops.where(is_few, FEW, rate)
    u = seeds.uniform((*shape, TRIES)) - 0.5
    v = seeds.uniform((*shape, TRIES))
    b = 0.931 + 2.53 * ops.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    from_edge = 0.5 - ops.abs(u)
    count = ops.floor((2.0 * a / from_edge + b) * u + rate + 0.43)
    counted = ops.maximum(count, 1.0)
    log_p = -deviance(counted, rate, ops.log(rate)) - stirling_error(counted)
    log_p = log_p - HALF_LOG_TWO_PI - 0.5 * ops.log(counted)
    log_p = ops.where(count > 0.0, log_p, -rate)
    fits = ops.log(v * inverse_alpha / (a / ops.square(from_edge) + b)) <= log_p
    many = first_accepted(count, ops.logical_and(count >= 0.0, fits))
    return ops.where(is_few[..., 0], few, many)
