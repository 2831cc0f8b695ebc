"""Read a folder or a zip of pictures into one array of bytes."""

import concurrent.futures
import dataclasses
import io
import math
import numbers
import os
import pathlib
import warnings
import zipfile

import keras
import numpy as np
from PIL import Image, ImageOps

# The pictures of aligned CelebA as it is handed out, and the box (top, left, height, width) around
# the face that the literature cuts from them.
ALIGNED_CELEBA_SIZE = (218, 178)
FACE_BOX = (35, 15, 148, 148)

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
# No picture that Pillow accepts needs more bytes; a zip member that claims more is a trap.
_LARGEST_MEMBER = 2**29
# Files handed to the threads at a time: enough to keep them busy, little enough to wait for.
_FILES_AT_A_TIME = 512
_EXIF_ORIENTATION = 0x0112
_EXIF_SIDEWAYS = (5, 6, 7, 8)


@dataclasses.dataclass(frozen=True)
class ImageFiles:
    """What `load_images` read.

    Attributes:
        images: uint8 array of shape `(n, height, width, 3)`.
        names: tuple of `n` strings, the name of each picture relative to the folder or zip.
        skipped: tuple of the names of the files that could not be read.
    """

    images: np.ndarray
    names: tuple
    skipped: tuple


def load_images(path, image_size, limit=None, verbose=1, crop="auto"):
    """Read the pictures of a folder or a zip file into one uint8 array.

    JPEG, PNG, WebP and BMP files are read in the order of their names, folders within folders
    included; files of any other kind, hidden ones and `__MACOSX` are passed over. Each picture is
    turned as its EXIF tag says, put on white where it is transparent, converted to RGB, cropped
    and resized with antialiasing. A zip is read in memory, nothing is extracted.

    A file that cannot be read is skipped; one warning at the end counts and names them.

    Args:
        path: the folder, or the zip file.
        image_size: the size wanted, 8 or more: one integer for squares, or `(height, width)`.
        limit: how many files to read at most, the first ones by name. `None` reads all.
        verbose: `1` shows a progress bar, `0` shows nothing.
        crop: `"auto"` cuts the face, rows 35 to 182 and columns 15 to 162, from pictures of
            exactly 218 rows and 178 columns (aligned CelebA) and the middle from all others;
            `"center"` cuts the middle from every picture. The middle is the largest rectangle
            with the aspect ratio of `image_size`.

    Returns:
        An `ImageFiles` with `images`, a uint8 array of shape `(n, height, width, 3)`, their
        `names`, and the names `skipped`.

    Raises:
        FileNotFoundError: where `path` does not exist.
        ValueError: where `path` is neither a folder nor a readable zip, holds no readable picture,
            or another argument is out of its range.

    Example:

    >>> import pathlib, tempfile
    >>> from PIL import Image
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> Image.new("RGB", (60, 40), "red").save(folder / "red.png")
    >>> files = load_images(folder, image_size=32, verbose=0)
    >>> files.images.shape, files.names
    ((1, 32, 32, 3), ('red.png',))
    """
    size = height_and_width(image_size)
    _check_limit_and_crop(limit, crop)
    path = pathlib.Path(path).expanduser()
    if not path.exists():
        raise FileNotFoundError(
            f"There is no such folder or zip file of images. Received: path={str(path)!r}"
        )
    if path.is_dir():
        return _load(_folder_files(path), path, size, limit, verbose, crop)
    with _open_zip(path) as archive:
        return _load(_zip_files(archive), path, size, limit, verbose, crop)


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


def _check_limit_and_crop(limit, crop):
    if limit is not None and (not isinstance(limit, numbers.Integral) or limit < 1):
        raise ValueError(f"`limit` should be None or 1 and more. Received: limit={limit!r}")
    if crop not in ("auto", "center"):
        raise ValueError(f'`crop` should be "auto" or "center". Received: crop={crop!r}')


def _is_image_name(name):
    parts = pathlib.PurePosixPath(name).parts
    hidden = any(part == "__MACOSX" or _is_dot_name(part) for part in parts)
    return not hidden and name.lower().endswith(_SUFFIXES)


def _is_dot_name(part):
    return part.startswith(".") and part not in (".", "..")


def _folder_files(folder):
    """Return `{name: function that opens it}` of the folder's pictures, sorted by name."""
    names = []
    for parent, _, files in os.walk(folder):
        relative = pathlib.Path(parent).relative_to(folder)
        names += [(relative / file).as_posix() for file in files]
    return {name: _file_opener(folder / name) for name in sorted(filter(_is_image_name, names))}


def _file_opener(path):
    def open_file():
        # A named pipe with an image's suffix would wait for ever.
        if not path.is_file():
            raise OSError("not a regular file")
        return open(path, "rb")

    return open_file


def _open_zip(path):
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ValueError(
            f"The images should come in a folder or an undamaged zip file, but the file does not "
            f"read as a zip: {error}. Received: path={str(path)!r}"
        ) from error


def _zip_files(archive):
    """Return `{name: function that opens it}` of the zip's pictures, sorted by name."""
    members = [member for member in archive.infolist() if _is_image_name(member.filename)]
    members.sort(key=lambda member: member.filename)
    return {member.filename: _member_opener(archive, member) for member in members}


def _member_opener(archive, member):
    def open_member():
        if member.file_size > _LARGEST_MEMBER:
            raise OSError(f"unpacks to {member.file_size:,} bytes")
        return io.BytesIO(archive.read(member))

    return open_member


def _load(files, path, size, limit, verbose, crop):
    names = list(files)[:limit]
    images = np.empty((len(names), *size, 3), dtype="uint8")
    read, skipped = [], {}
    for name, picture in _pictures(names, files, size, crop, verbose):
        if isinstance(picture, Exception):
            skipped[name] = picture
        else:
            images[len(read)] = picture
            read.append(name)
    _report(path, read, skipped)
    # The array is filled from the front, so what was skipped is cut off its end without a copy.
    return ImageFiles(images[: len(read)], tuple(read), tuple(skipped))


def _pictures(names, files, size, crop, verbose):
    """Yield each name with its picture, or with the error that reading it raised, in order."""
    progress = keras.utils.Progbar(len(names), unit_name="image", verbose=verbose)
    # Pillow decodes and resizes without holding Python's lock, so threads are enough.
    with concurrent.futures.ThreadPoolExecutor() as executor:
        for start in range(0, len(names), _FILES_AT_A_TIME):
            some = names[start : start + _FILES_AT_A_TIME]
            pictures = executor.map(lambda name: _read_or_error(files[name], size, crop), some)
            yield from zip(some, pictures, strict=True)
            progress.update(start + len(some))


def _read_or_error(open_file, size, crop):
    try:
        with open_file() as file, Image.open(file) as image:
            return _to_array(image, size, crop)
    except MemoryError:
        raise
    except Exception as error:
        # Damaged bytes make Pillow and zipfile raise nearly anything, and none of it should cost
        # the user the thousands of good files around.
        return error


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
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def _report(path, read, skipped):
    if not read and not skipped:
        raise ValueError(
            f"There are no images to read. Give a folder or a zip with {', '.join(_SUFFIXES)} "
            f"files. Received: path={str(path)!r}"
        )
    if not skipped:
        return
    some = ", ".join(f"{name} ({error})" for name, error in list(skipped.items())[:3])
    more = ", …" if len(skipped) > 3 else ""
    if not read:
        raise ValueError(
            f"None of the {len(skipped)} image files can be read: {some}{more}. "
            f"Received: path={str(path)!r}"
        )
    warnings.warn(
        f"{len(skipped)} of {len(read) + len(skipped)} image files under {str(path)!r} cannot be "
        f"read and were skipped: {some}{more}",
        # Names the line that called `load_images`.
        stacklevel=4,
    )
