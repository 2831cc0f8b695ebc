"""Whole numbers among arguments."""

import numbers

import numpy as np


def checked_integer(value, name, least):
    """`value` as an int; a ValueError where it is none, or below `least`."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, (bool, np.bool_))
    if not whole or value < least:
        raise ValueError(
            f"`{name}` must be an integer of {least} or more. Received: {name}={value!r}"
        )
    return int(value)
