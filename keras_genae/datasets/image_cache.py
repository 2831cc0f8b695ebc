"""Decoded images in a file that is mapped into memory, and what they were made from."""

import hashlib
import json
import pathlib

import numpy as np

from keras_genae.files import require_space, write_aside

# Raised when files are decoded in another way than before.
VERSION = 1
# Of the notes, for each image: its name and what is around it.
BYTES_OF_NAME = 200


class ImageCache:
    """A `.npy` file of images: decoded once, from then on mapped into memory.

    NumPy allows several arrays in one file. The first holds the images, and `np.load` reads it; the
    second holds JSON that says what they were made from. One file, written aside and renamed, can
    not be half there, nor have the notes of another.

    Args:
        path: of the file, ending in `.npy`.

    Raises:
        ValueError: where the path has another suffix.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path).expanduser()
        if self.path.suffix != ".npy":
            raise ValueError(
                f"`cache` should name a file that ends in .npy. Received: cache={str(path)!r}"
            )

    def open(self, made_from):
        """The images, if they are there, whole, and made from the same.

        Args:
            made_from: dict of JSON values.

        Returns:
            Tuple of the images, mapped, and the notes that `write` was given, or `None` in place of
            both; and why they are `None`, in words: `None` where there is no file.

        Raises:
            ValueError: where the file holds something else, which must not be overwritten.
        """
        if not self.path.exists():
            return None, None, None
        notes = self._notes()
        if notes is None:
            return None, None, "it is damaged or cut short"
        before = notes["made_from"]
        changed = [
            f"{name.replace('_', ' ')} was {before.get(name)} and is {value}"
            for name, value in made_from.items()
            if before.get(name) != value and name != "fingerprint"
        ]
        if not changed and before["fingerprint"] != made_from["fingerprint"]:
            changed = ["the files have changed"]
        if changed:
            return None, None, "; ".join(changed)
        return np.load(self.path, mmap_mode="r", allow_pickle=False), notes, None

    def write(self, shape, fill, made_from):
        """Make the file.

        Args:
            shape: `(n, height, width, 3)`, with as many images as there may be.
            fill: called with a function that takes one image after the other; what it returns is
                kept as the notes, dict of JSON values.
            made_from: dict of JSON values.

        Raises:
            OSError: where the disk has no room for it; nothing is decoded then.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        needed = int(np.prod(shape, dtype="int64")) + BYTES_OF_NAME * shape[0]
        require_space(self.path.parent, needed, "The decoded images take", "name another cache")
        with write_aside(self.path) as aside, open(aside, "wb") as file:
            _write_header(file, shape)
            start, count = file.tell(), 0

            def keep(image):
                nonlocal count
                file.write(np.ascontiguousarray(image, "uint8"))
                count += 1

            notes = json.dumps({**fill(keep), "made_from": made_from})
            np.lib.format.write_array(file, np.frombuffer(notes.encode(), "uint8"))
            # Now it is known how many could be read. NumPy's header has room for any number.
            file.seek(0)
            _write_header(file, (count, *shape[1:]))
            assert file.tell() == start
            file.flush()

    def _notes(self):
        """The notes; `None` where the file is cut short."""
        size = self.path.stat().st_size
        with open(self.path, "rb") as file:
            try:
                if not size:
                    return None
                shape, dtype = _read_header(file)
                end = file.tell() + int(np.prod(shape, dtype="int64")) * dtype.itemsize
                if size < end:
                    return None
                if size == end or dtype != np.uint8 or len(shape) != 4:
                    raise ValueError("no notes on what the images were made from")
            except ValueError as error:
                raise ValueError(
                    "`cache` names a file that holds something else, and is not overwritten: name "
                    f"another one, or remove it. Received: cache={str(self.path)!r} ({error})"
                ) from error
            file.seek(end)
            try:
                notes = np.lib.format.read_array(file, allow_pickle=False)
                return json.loads(notes.tobytes())
            except (ValueError, EOFError):
                return None


def fingerprint(source, names):
    """A number for the names, sizes and times of files, or checksums, in one text."""
    digest = hashlib.sha256()
    for name in names:
        digest.update(json.dumps([name, source.stamp(name)]).encode())
    return digest.hexdigest()


def _write_header(file, shape):
    description = {"descr": "|u1", "fortran_order": False, "shape": tuple(map(int, shape))}
    np.lib.format.write_array_header_1_0(file, description)


def _read_header(file):
    version = np.lib.format.read_magic(file)
    if version != (1, 0):
        raise ValueError(f"a .npy file of version {version}")
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    return shape, dtype
