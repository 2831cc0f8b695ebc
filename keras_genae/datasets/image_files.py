"""Read a folder or a zip of pictures into one array of bytes, in memory or in a file."""

import concurrent.futures
import dataclasses
import numbers
import warnings

import numpy as np

from keras_genae.datasets.image_cache import VERSION, ImageCache, fingerprint
from keras_genae.datasets.image_sources import open_source, readable_suffixes, what_was_left_out
from keras_genae.datasets.pictures import decode, height_and_width
from keras_genae.progress import progress_bar

# Files handed to the threads at a time: enough to keep them busy, little enough to wait for.
_FILES_AT_A_TIME = 512


@dataclasses.dataclass(frozen=True)
class ImageFiles:
    """What `load_images` read.

    Attributes:
        images: uint8 array of shape `(n, height, width, 3)`; with a cache, mapped from its file.
        names: tuple of `n` strings, the name of each picture relative to the folder or zip.
        skipped: tuple of the names of the files that could not be read.
        left_out: tuple of the names of the files of a kind that is not read, such as HEIC, videos.
    """

    images: np.ndarray
    names: tuple
    skipped: tuple
    left_out: tuple = ()


def load_images(path, image_size, limit=None, verbose=1, crop="auto", cache=None):
    """Read the pictures of a folder or a zip file into one uint8 array.

    JPEG, PNG, WebP, AVIF, BMP, GIF and TIFF files are read in the order of their names, folders
    within folders included, and HEIC where `pillow-heif` is installed; of an animation the first
    picture. Each is turned as its EXIF tag says, put on white where it is transparent, converted to
    RGB, cropped and resized with antialiasing. A zip is read in memory, nothing is extracted.

    A file that cannot be read is skipped; one of another kind is left out, and so are hidden files,
    `__MACOSX`, and what nobody takes for a picture, such as tables. One warning at the end counts
    and names what was skipped or left out, and says what would help.

    Args:
        path: the folder, or the zip file.
        image_size: the size wanted, 8 or more: one integer for squares, or `(height, width)`.
        limit: how many files to read at most, the first ones by name. `None` reads all.
        verbose: `1` shows a progress bar, `0` shows nothing.
        crop: `"auto"` cuts the face, rows 35 to 182 and columns 15 to 162, from pictures of
            exactly 218 rows and 178 columns (aligned CelebA) and the middle from all others;
            `"center"` cuts the middle from every picture. The middle is the largest rectangle
            with the aspect ratio of `image_size`.
        cache: a `.npy` file to keep the decoded images in, for more of them than fit into memory.
            It is made where it is not there, and made anew, saying so, where it is damaged, or made
            from other files (their names, sizes and times, in a zip their checksums), or in another
            size. `training_batches` and `split_images` read from it without loading it.

    Returns:
        An `ImageFiles` with `images`, a uint8 array of shape `(n, height, width, 3)`, their
        `names`, and the names `skipped` and `left_out`.

    Raises:
        FileNotFoundError: where `path` does not exist.
        ValueError: where `path` is neither a folder nor a readable zip, holds no readable picture,
            `cache` is a file of something else, or another argument is out of its range.
        OSError: where the disk has no room for the cache; nothing is decoded then.

    Example:

    >>> import pathlib, tempfile
    >>> from PIL import Image
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> Image.new("RGB", (60, 40), "red").save(folder / "red.png")
    >>> files = load_images(folder, image_size=32, verbose=0)
    >>> files.images.shape, files.names
    ((1, 32, 32, 3), ('red.png',))
    >>> images = load_images(folder, 32, verbose=0, cache=folder / "cache.npy").images
    >>> type(images).__name__
    'memmap'
    """
    size = height_and_width(image_size)
    _check_limit_and_crop(limit, crop)
    cache = None if cache is None else ImageCache(cache)
    with open_source(path) as source:
        names = source.names[:limit]
        if not names:
            raise ValueError(_nothing_to_read(source))

        def fill(keep):
            return _keep_all(_pictures(names, source, size, crop, verbose), keep, source.path)

        shape = (len(names), *size, 3)
        if cache is None:
            images, notes = _in_memory(shape, fill)
        else:
            made_from = {
                "version": VERSION,
                "image_size": list(size),
                "crop": crop,
                "fingerprint": fingerprint(source, names),
            }
            images, notes = _in_cache(cache, made_from, shape, fill, verbose)
    skipped = {**notes["skipped"], **{n: str(e) for n, e in source.unreadable.items()}}
    _report(source, notes["names"], skipped)
    return ImageFiles(images, tuple(notes["names"]), tuple(skipped), tuple(source.left_out))


def _check_limit_and_crop(limit, crop):
    if limit is not None and (not isinstance(limit, numbers.Integral) or limit < 1):
        raise ValueError(f"`limit` should be None or 1 and more. Received: limit={limit!r}")
    if crop not in ("auto", "center"):
        raise ValueError(f'`crop` should be "auto" or "center". Received: crop={crop!r}')


def _in_memory(shape, fill):
    images = np.empty(shape, dtype="uint8")
    places = iter(range(len(images)))

    def keep(picture):
        images[next(places)] = picture

    notes = fill(keep)
    # The array is filled from the front, so what was skipped is cut off its end without a copy.
    return images[: len(notes["names"])], notes


def _in_cache(cache, made_from, shape, fill, verbose):
    images, notes, why = cache.open(made_from)
    if images is None:
        if verbose and why:
            print(f"{cache.path} is made anew: {why}.", flush=True)
        cache.write(shape, fill, made_from)
        images, notes, why = cache.open(made_from)
    if images is None:
        raise OSError(f"{cache.path} was changed by somebody else: {why or 'it is gone'}.")
    return images, notes


def _keep_all(pictures, keep, path):
    """Hand each picture to `keep`; which were read, and which were not."""
    read, skipped = [], {}
    for name, picture in pictures:
        if isinstance(picture, Exception):
            skipped[name] = str(picture)
        else:
            keep(picture)
            read.append(name)
    if not read:
        raise ValueError(
            f"None of the {len(skipped)} image files can be read: {_some(skipped)}. "
            f"Received: path={str(path)!r}"
        )
    return {"names": read, "skipped": skipped}


def _pictures(names, source, size, crop, verbose):
    """Yield each name with its picture, or with the error that reading it raised, in order."""
    progress = progress_bar(len(names), "image", verbose)
    # Pillow decodes and resizes without holding Python's lock, so threads are enough.
    with concurrent.futures.ThreadPoolExecutor() as executor:
        for start in range(0, len(names), _FILES_AT_A_TIME):
            some = names[start : start + _FILES_AT_A_TIME]
            pictures = executor.map(lambda name: _read_or_error(source, name, size, crop), some)
            yield from zip(some, pictures, strict=True)
            progress.update(start + len(some))


def _read_or_error(source, name, size, crop):
    try:
        with source.open(name) as file:
            return decode(file, size, crop)
    except MemoryError:
        raise
    except Exception as error:
        # Damaged bytes make Pillow and zipfile raise nearly anything, and none of it should cost
        # the user the thousands of good files around.
        return error


def _nothing_to_read(source):
    left_out = ""
    if source.left_out:
        left_out = f" Left out were {what_was_left_out(source.left_out)}"
    return (
        f"There are no images to read. Give a folder or a zip with {', '.join(readable_suffixes())}"
        f" files.{left_out} Received: path={str(source.path)!r}"
    )


def _report(source, read, skipped):
    """Warn, once, of all that is there and was not read."""
    words = []
    if skipped:
        words.append(
            f"{len(skipped)} of {len(read) + len(skipped)} image files under {str(source.path)!r} "
            f"cannot be read and were skipped: {_some(skipped)}"
        )
    if source.left_out:
        count = len(source.left_out)
        words.append(
            f"{count:,} of {count + len(source.names):,} files under {str(source.path)!r} are of a "
            f"kind that is not read and were left out: {what_was_left_out(source.left_out)}"
        )
    if words:
        # Names the line that called `load_images`.
        warnings.warn(" ".join(words), stacklevel=3)


def _some(skipped):
    """The first names and their errors."""
    some = ", ".join(f"{name} ({error})" for name, error in list(skipped.items())[:3])
    return some + (", …" if len(skipped) > 3 else "")
