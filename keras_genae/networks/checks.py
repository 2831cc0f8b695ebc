"""Checks of what networks are built from."""

import numbers


def check_whole(name, value, smallest=1):
    """`value` as an int of at least `smallest`; a ValueError that says so otherwise."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < smallest:
        raise ValueError(
            f"`{name}` must be a whole number of at least {smallest}. Received: {name}={value!r}"
        )
    return int(value)


def check_widths(widths):
    """`widths` as a tuple of positive ints, at least one."""
    if isinstance(widths, (str, numbers.Number)) or not hasattr(widths, "__iter__"):
        raise ValueError(
            "`widths` must be a sequence of whole numbers, one a layer, such as (32, 64, 128). "
            f"Received: widths={widths!r}"
        )
    widths = tuple(check_whole("widths[i]", width) for width in widths)
    if not widths:
        raise ValueError("`widths` must name at least one layer. Received: widths=()")
    return widths


def check_input_shape(input_shape):
    """`input_shape` as a tuple: (height, width, channels) or (features,)."""
    try:
        shape = tuple(input_shape)
    except TypeError:
        shape = ()
    if len(shape) not in (1, 3):
        raise ValueError(
            "`input_shape` must be (height, width, channels) for images or (features,) for "
            "vectors, without the batch axis. For grey images the last number is 1, as in "
            f"(28, 28, 1). Received: input_shape={input_shape!r}"
        )
    return tuple(check_whole("input_shape[i]", size) for size in shape)
