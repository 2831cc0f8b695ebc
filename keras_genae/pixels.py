"""Pictures as pixels: any accepted image array to uint8 RGB, and many pictures to one."""

import numpy as np

# Float arithmetic may leave [0, 1] by a rounding error; more than this is another scale.
ROUNDING = 1e-3


def check_pictures(images, name):
    """Return `images` as an array of rank 4 with at least one picture, or raise."""
    images = np.asarray(images)
    if images.ndim != 4 or 0 in images.shape:
        hint = " Add the channels' axis with `[..., None]`." if images.ndim == 3 else ""
        raise ValueError(
            f"Argument `{name}` must hold at least one picture, with shape "
            f"(n, height, width, channels).{hint} Received: {name}.shape={images.shape}"
        )
    return images


def check_whole_number(name, value, least):
    """Refuse what is no count."""
    if not isinstance(value, int | np.integer) or value < least:
        raise ValueError(
            f"Argument `{name}` must be a whole number, {least} or more. Received: {name}={value!r}"
        )


def as_pixels(images, name):
    """Return pictures as uint8 of shape (n, height, width, 3).

    Args:
        images: (n, height, width, channels), floats in [0, 1] or uint8. One channel is grey, three
            are red, green, blue; any other number is averaged to grey.
        name: the argument's name, for the errors.
    """
    pixels = _as_bytes(check_pictures(images, name), name)
    channels = pixels.shape[-1]
    if channels == 3:
        return pixels
    if channels != 1:
        pixels = np.rint(pixels.mean(axis=-1, keepdims=True)).astype("uint8")
    return np.repeat(pixels, 3, axis=-1)


def as_displayable(images):
    """Force a model's output into [0, 1], NaN to black.

    For pictures made while a model trains: one that diverges is a bad picture, not an error that
    ends the run.
    """
    return np.clip(np.nan_to_num(np.asarray(images, "float32")), 0.0, 1.0)


def _as_bytes(images, name):
    if images.dtype == np.uint8:
        return images
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(
            f"Argument `{name}` must hold floats in [0, 1] or uint8 in [0, 255]. Convert it with "
            f"`.astype('uint8')`. Received: {name}.dtype={images.dtype}"
        )
    low, high = float(images.min()), float(images.max())
    # Written so that NaN fails it too.
    if not (low >= -ROUNDING and high <= 1.0 + ROUNDING):
        raise ValueError(
            f"Argument `{name}` must hold finite floats in [0, 1] (or uint8 in [0, 255]). Rescale "
            f"it, or cut what lies outside with `numpy.clip({name}, 0, 1)`. "
            f"Received: values from {low:g} to {high:g}"
        )
    return np.rint(np.clip(images, 0.0, 1.0).astype("float32") * 255.0).astype("uint8")


def gap_between(pictures):
    """The white gap, in pixels, that suits pictures of this size."""
    return max(1, round(0.05 * min(pictures.shape[1:3])))


def tile(pictures, columns, gap):
    """Lay pictures row by row on one white picture.

    Args:
        pictures: uint8 of shape (n, height, width, 3).
        columns: how many pictures make a row. The last row may be shorter.
        gap: white pixels between neighbours.

    Returns:
        uint8 of shape (rows * (height + gap) - gap, columns * (width + gap) - gap, 3).
    """
    count, height, width, _ = pictures.shape
    rows = -(-count // columns)
    canvas = np.full((rows * (height + gap), columns * (width + gap), 3), 255, "uint8")
    for index, picture in enumerate(pictures):
        top = index // columns * (height + gap)
        left = index % columns * (width + gap)
        canvas[top : top + height, left : left + width] = picture
    return canvas[: canvas.shape[0] - gap, : canvas.shape[1] - gap]
