"""Looks at the images that are to be measured."""

import numpy as np
from keras import ops

from keras_genae.models.data_checks import check_values
from keras_genae.models.value_ranges import UNIT
from keras_genae.pixels import check_pictures

# The package builds networks for images from this height and width up, and measures those.
SMALLEST_SIZE = 8


def as_unit_images(images, name):
    """`images` as float32 in [0, 1], `(n, height, width, channels)`.

    Args:
        images: array or tensor, floats in [0, 1] or uint8 from 0 to 255.
        name: the argument's name, for the errors.

    Raises:
        ValueError: on what is no array of images, values that are not finite or out of range, and
            images smaller than 8×8.
    """
    images = check_pictures(ops.convert_to_numpy(images), name)
    check_values(images, is_image=True, values=UNIT, name=name)
    if min(images.shape[1:3]) < SMALLEST_SIZE:
        raise ValueError(
            f"Images must be at least {SMALLEST_SIZE} pixels high and wide. "
            f"Received: {name}.shape={images.shape}"
        )
    is_bytes = images.dtype == np.uint8
    return images / np.float32(255.0) if is_bytes else images.astype("float32", copy=False)


def as_image_pair(a, b):
    """Both as `as_unit_images` gives them, the n-th of `a` to be compared with the n-th of `b`."""
    a, b = as_unit_images(a, "a"), as_unit_images(b, "b")
    if a.shape != b.shape:
        raise ValueError(
            "Arguments `a` and `b` must have the same shape: the n-th images are compared with "
            f"each other. Received: a.shape={a.shape}, b.shape={b.shape}"
        )
    return a, b
