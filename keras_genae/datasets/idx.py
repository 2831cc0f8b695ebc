"""Read idx files, the format in which MNIST and its relatives are handed out."""

import gzip
import math
import pathlib
import zlib

import numpy as np

_DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_PREFIXES = {"train": "train", "test": "t10k"}
_READ_AT_A_TIME = 2**24


def load_idx(path):
    """Read one idx file.

    Args:
        path: the file, plain or compressed with gzip (told by its content, not by its name).

    Returns:
        Array with the shape and the type written in the file, in this machine's byte order.

    Raises:
        FileNotFoundError: where `path` does not exist.
        ValueError: where the file is not an idx file, or is shorter or longer than its own header
            says.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "labels-idx1-ubyte"
    >>> _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]))
    >>> load_idx(path)
    array([7, 2, 1], dtype=uint8)
    """
    path = pathlib.Path(path).expanduser()
    with open(path, "rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if compressed else open(path, "rb") as file:
            return _read_array(file, path)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(
            f"The gzip file is damaged or cut short: {error}. Fetch it again. "
            f"Received: path={str(path)!r}"
        ) from error


def load_idx_folder(folder, split):
    """Read the images and labels of MNIST or Fashion-MNIST from their original files.

    Args:
        folder: the folder with `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`,
            `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`, each plain or `.gz`. The
            spelling `train-images.idx3-ubyte` is known too. Only the two files of `split` need
            be there.
        split: `"train"` or `"test"`.

    Returns:
        Tuple `(images, labels)`: uint8 of shape `(n, height, width, 1)` and int32 of shape `(n,)`.

    Raises:
        FileNotFoundError: where a file is missing.
        ValueError: where `split` is unknown, a file is damaged, or the two do not belong together.

    Example:

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "t10k-images-idx3-ubyte").write_bytes(
    ...     bytes([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 10, 20, 30, 40]))
    >>> _ = (folder / "t10k-labels-idx1-ubyte").write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 1, 7]))
    >>> images, labels = load_idx_folder(folder, "test")
    >>> images.shape, labels
    ((1, 2, 2, 1), array([7], dtype=int32))
    """
    if split not in _PREFIXES:
        raise ValueError(f'`split` should be "train" or "test". Received: split={split!r}')
    folder = pathlib.Path(folder).expanduser()
    images_path = _find(folder, _PREFIXES[split], "images", "idx3-ubyte")
    labels_path = _find(folder, _PREFIXES[split], "labels", "idx1-ubyte")
    images = _load_bytes(images_path, rank=3)
    labels = _load_bytes(labels_path, rank=1)
    if len(images) != len(labels):
        raise ValueError(
            "The two files do not belong together, they should hold as many images as labels. "
            f"Received: {len(images)} images in {str(images_path)!r}, "
            f"{len(labels)} labels in {str(labels_path)!r}"
        )
    return images[..., np.newaxis], labels.astype("int32")


def _read_array(file, path):
    dtype, rank = _read_magic(file.read(4), path)
    dimensions = file.read(4 * rank)
    if len(dimensions) < 4 * rank:
        raise _wrong_length(path, f"{rank} dimensions", 4 * rank, len(dimensions))
    shape = tuple(np.frombuffer(dimensions, dtype=">u4").tolist())

    expected = math.prod(shape) * dtype.itemsize
    content = _read_up_to(file, expected + 1)
    if len(content) != expected:
        raise _wrong_length(
            path, f"data of shape {shape}, type {dtype.name},", expected, len(content)
        )
    array = np.frombuffer(content, dtype=dtype).reshape(shape)
    return array.astype(dtype.newbyteorder("="), copy=False)


def _read_magic(magic, path):
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _DTYPES:
        raise ValueError(
            "This is not an idx file: it should begin with two zero bytes, a type code of "
            f"{', '.join(f'0x{code:02x}' for code in _DTYPES)}, and the number of dimensions. "
            f"Received: path={str(path)!r} beginning with {magic.hex(' ') or 'nothing'}"
        )
    return np.dtype(_DTYPES[magic[2]]), magic[3]


def _read_up_to(file, length):
    # In pieces, so that a damaged header cannot ask for more memory than the file has content.
    content = bytearray()
    while len(content) < length:
        piece = file.read(min(_READ_AT_A_TIME, length - len(content)))
        if not piece:
            break
        content += piece
    return content


def _wrong_length(path, what, expected, found):
    # One byte past the end is read at most, so more is all that is known of a file too long.
    found = f"{found}" if found < expected else "more"
    return ValueError(
        f"The idx file is damaged or cut short: its {what} should take {expected} bytes, "
        f"but there are {found}. Fetch it again. Received: path={str(path)!r}"
    )


def _find(folder, prefix, what, kind):
    names = [
        f"{prefix}-{what}{mark}{kind}{suffix}" for mark in ("-", ".") for suffix in ("", ".gz")
    ]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(
        f"The folder should hold one of {', '.join(names)}. Received: folder={str(folder)!r}"
    )


def _load_bytes(path, rank):
    array = load_idx(path)
    if array.ndim != rank or array.dtype != "uint8":
        raise ValueError(
            f"The file should hold uint8 numbers in {rank} dimension(s). "
            f"Received: path={str(path)!r} with {array.dtype} in shape {array.shape}"
        )
    return array
