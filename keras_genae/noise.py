"""Random numbers of a batch: from a generator that moves on, or one seed for each example.

Training draws from a `keras.random.SeedGenerator`. Outside training a loss is to be the same each
time, however the data are batched, so each example draws from a seed of its own: `ExampleSeeds`.
The functions here take either, where `keras.random` takes the first.
"""

import math

import keras
from keras import ops


def normal(shape, seed, dtype="float32"):
    """Draws from N(0, 1).

    Args:
        shape: of the draws; with `ExampleSeeds`, `(batch, ...)`.
        seed: an int, a `keras.random.SeedGenerator`, or `ExampleSeeds`.
        dtype: of the draws.

    Returns:
        A tensor of that shape.

    Reference:
        Box & Muller, "A Note on the Generation of Random Normal Deviates", 1958 (of examples).
    """
    if not isinstance(seed, ExampleSeeds):
        return keras.random.normal(shape, dtype=dtype, seed=seed)
    radius = ops.sqrt(-2.0 * ops.log(seed.uniform(shape)))
    return ops.cast(radius * ops.cos(2.0 * math.pi * seed.uniform(shape)), dtype)


def uniform(shape, seed, dtype="float32"):
    """Draws from the uniform distribution between 0 and 1; arguments as in `normal`."""
    if not isinstance(seed, ExampleSeeds):
        return keras.random.uniform(shape, dtype=dtype, seed=seed)
    return ops.cast(seed.uniform(shape), dtype)


class ExampleSeeds:
    """One seed for each example of a batch.

    Examples of different seeds draw independent noise; the same seed draws the same, whatever batch
    it is in. Each draw takes the next numbers, so two draws in one step differ.

    Args:
        places: int tensor `(batch,)`, such as the places of the examples in the data.
        stream: an int, or a scalar tensor; another stream gives other noise to the same places.

    Example:

    >>> import numpy as np
    >>> whole = normal((6, 2), ExampleSeeds(np.arange(6)))
    >>> bool(np.allclose(whole[3:], normal((3, 2), ExampleSeeds(np.arange(3, 6)))))
    True
    """

    def __init__(self, places, stream=0):
        stream = _mix(ops.cast(stream, "int32") + _wrapped(GOLDEN))
        self.seeds = _mix(_mix(ops.cast(places, "int32")) + stream)
        self.draws = 0

    def uniform(self, shape):
        """The next draws, float32 of `shape`, strictly between 0 and 1."""
        self.draws += 1
        places = ops.arange(math.prod(shape[1:]), dtype="int32")
        key = self.seeds + _wrapped(self.draws * GOLDEN)
        bits = _mix(_mix(key)[:, None] + _mix(places))
        # 24 bits are what a float32 below 1 holds; the half keeps off 0, whose logarithm is none.
        share = (ops.cast(_shifted(bits, 8), "float32") + 0.5) / 2.0**24
        return ops.reshape(share, shape)

    def __repr__(self):
        return (
            "<seeds of the examples of a batch: draw with keras_genae.noise.normal or .uniform "
            "rather than keras.random>"
        )


# 2³² over the golden ratio: its multiples are spread evenly.
GOLDEN = 0x9E3779B9


def _mix(x):
    """Scramble int32, one to one: each bit of the result depends on every bit of `x`.

    Reference:
        Appleby, MurmurHash3, 2011 (its last step).
    """
    x = ops.bitwise_xor(x, _shifted(x, 16)) * _wrapped(0x85EBCA6B)
    x = ops.bitwise_xor(x, _shifted(x, 13)) * _wrapped(0xC2B2AE35)
    return ops.bitwise_xor(x, _shifted(x, 16))


def _shifted(x, bits):
    """`x` moved to the right with zeros moving in; on int32 alone the sign would."""
    return ops.bitwise_and(ops.right_shift(x, bits), 2 ** (32 - bits) - 1)


def _wrapped(number):
    """A number of 32 bits as the int32 of the same bits, in which all backends multiply."""
    number &= 0xFFFFFFFF
    return number - 2**32 if number >= 2**31 else number
