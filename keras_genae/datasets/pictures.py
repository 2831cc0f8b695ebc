"""One picture file as an array of bytes: turned, cropped, resized."""

import math
import numbers

import numpy as np
from PIL import Image, ImageOps

# The pictures of aligned CelebA as it is handed out, and the box (top, left, height, width) around
# the face that the literature cuts from them.
ALIGNED_CELEBA_SIZE = (218, 178)
FACE_BOX = (35, 15, 148, 148)

_EXIF_ORIENTATION = 0x0112
_EXIF_SIDEWAYS = (5, 6, 7, 8)


def height_and_width(image_size):
    """Return `image_size`, an integer or `(height, width)`, as a tuple of two integers.

    Args:
        image_size: one integer, or a sequence of two. Each 8 or more.

    Returns:
        Tuple `(height, width)`.

    Raises:
        ValueError: where it is anything else.

    Example:

    >>> height_and_width(64), height_and_width((218, 178))
    ((64, 64), (218, 178))
    """
    size = (image_size, image_size) if isinstance(image_size, numbers.Integral) else image_size
    try:
        height, width = size
        if not all(isinstance(side, numbers.Integral) and side >= 8 for side in (height, width)):
            raise TypeError
    except (TypeError, ValueError):
        raise ValueError(
            "`image_size` should be an integer or a tuple (height, width), each 8 or more. "
            f"Received: image_size={image_size!r}"
        ) from None
    return int(height), int(width)


def central_box(box, size):
    """Return the largest box in the middle of `box` that has the aspect ratio of `size`.

    Args:
        box: tuple of integers `(top, left, height, width)`.
        size: tuple of integers `(height, width)`.

    Returns:
        Tuple of integers `(top, left, height, width)` within `box`.

    Example:

    >>> central_box((0, 0, 100, 60), (32, 32))
    (20, 0, 60, 60)
    """
    top, left, box_height, box_width = box
    height, width = size
    scale = min(box_height / height, box_width / width)
    crop_height = max(1, min(box_height, round(height * scale)))
    crop_width = max(1, min(box_width, round(width * scale)))
    return (
        top + (box_height - crop_height) // 2,
        left + (box_width - crop_width) // 2,
        crop_height,
        crop_width,
    )


def decode(file, size, crop):
    """Read one picture.

    Args:
        file: the open file; of an animation or a document the first frame or page is read.
        size: `(height, width)` wanted.
        crop: as in `load_images`.

    Returns:
        uint8 array `(height, width, 3)`.

    Raises:
        Exception: damaged bytes make Pillow raise nearly anything.
    """
    with Image.open(file) as image:
        return _to_array(image, size, crop)


def _to_array(image, size, crop):
    full_width, full_height = _upright_size(image)
    box = (0, 0, full_height, full_width)
    if crop == "auto" and (full_height, full_width) == ALIGNED_CELEBA_SIZE:
        box = FACE_BOX
    top, left, height, width = central_box(box, size)

    # A JPEG decodes faster at a half, a quarter or an eighth of its size; twice the size wanted
    # leaves the antialiasing its work. Other formats ignore the request.
    shrink = 2 * size[0] / height
    if shrink < 1:
        image.draft(None, tuple(math.ceil(side * shrink) for side in image.size))
    image = _to_rgb(ImageOps.exif_transpose(image))

    across, down = image.width / full_width, image.height / full_height
    corners = (left * across, top * down, (left + width) * across, (top + height) * down)
    return np.asarray(_crop_and_resize(image, corners, size))


def _crop_and_resize(image, corners, size):
    # A rounding error must not reach over the edge.
    left, top, right, bottom = np.minimum(corners, image.size * 2).tolist()
    whole = (math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom))
    # Cut before resizing, or the filter would mix in what lies outside the crop.
    image = image.crop(whole)
    inside = (left - whole[0], top - whole[1], right - whole[0], bottom - whole[1])
    # Pillow's bilinear filter widens with the shrinking: that is its antialiasing.
    return image.resize(size[::-1], Image.Resampling.BILINEAR, box=inside)


def _upright_size(image):
    sideways = image.getexif().get(_EXIF_ORIENTATION) in _EXIF_SIDEWAYS
    return image.size[::-1] if sideways else image.size


def _to_rgb(image):
    if image.mode.startswith("I"):
        # 16-bit grey; Pillow's own conversion clips at 255 instead of scaling.
        grey = np.clip(np.asarray(image, dtype="int64"), 0, 65535)
        image = Image.fromarray((grey // 257).astype("uint8"))
    if image.mode == "F":
        raise ValueError("its pixels are floats, of which nobody knows what is white")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")
