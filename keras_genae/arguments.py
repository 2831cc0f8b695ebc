"""Types of command-line arguments, for `argparse`."""

import argparse
import math


def whole_number(smallest):
    """An argument type: an int of at least `smallest`.

    Example:

    >>> whole_number(1)("20")
    20
    """

    def parse(text):
        try:
            value = int(text)
        except ValueError:
            value = None
        if value is None or value < smallest:
            raise argparse.ArgumentTypeError(f"must be a whole number from {smallest} up: {text!r}")
        return value

    return parse


def number(above=None, smallest=None):
    """An argument type: a finite float above a bound, or of at least `smallest`.

    Example:

    >>> number(above=0.0)("0.5")
    0.5
    """

    def parse(text):
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if above is not None and math.isfinite(value) and value > above:
            return value
        if smallest is not None and math.isfinite(value) and value >= smallest:
            return value
        bound = f"above {above:g}" if smallest is None else f"of {smallest:g} or more"
        raise argparse.ArgumentTypeError(f"must be a number {bound}: {text!r}")

    return parse
