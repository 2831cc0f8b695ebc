"""Types of command-line arguments, for `argparse`."""

import argparse


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
