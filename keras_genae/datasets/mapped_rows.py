"""Rows of a memory-mapped file, read without filling the memory."""

import mmap

import numpy as np

# Read pages are given back after so many bytes of rows. A page fault maps sixteen pages, so the
# memory that a pass takes is a few times this.
KEPT_BYTES = 2**25


class MappedRows:
    """Some rows of a memory-mapped array, read when they are asked for.

    What was read of a mapped file counts as memory of the process until it is given back, so a pass
    over the file would come to its whole size; here it is given back on the way. Indexing the first
    axis (a number, a slice, an array of numbers or of booleans) gives a NumPy array.

    Args:
        array: a memory-mapped array, or a view of one.
        rows: int array, which rows in which order; all by default.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "numbers.npy"
    >>> np.save(path, np.arange(12).reshape(6, 2))
    >>> rows = MappedRows(np.load(path, mmap_mode="r"), np.array([5, 0, 3]))
    >>> rows.shape, rows[1:].tolist(), rows.select([2, 0])[0].tolist()
    ((3, 2), [[0, 1], [6, 7]], [6, 7])
    """

    def __init__(self, array, rows=None):
        self.array = np.asarray(array)
        self.rows = np.arange(len(array)) if rows is None else np.asarray(rows)
        self._mapping = mapping_of(array)
        self._bytes_read = 0

    @property
    def shape(self):
        """As of an array."""
        return (len(self.rows), *self.array.shape[1:])

    @property
    def dtype(self):
        """As of an array."""
        return self.array.dtype

    @property
    def ndim(self):
        """As of an array."""
        return self.array.ndim

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, key):
        picked = self.array[self.rows[key]]
        self._give_back(picked.nbytes)
        # A single row is a view of the file.
        return picked.copy() if picked.ndim < self.ndim else picked

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self[:], dtype)

    def select(self, key):
        """The rows that `key` picks from these, not read yet."""
        return MappedRows(self.array, self.rows[key])

    def _give_back(self, bytes_read):
        self._bytes_read += bytes_read
        # Of a copy-on-write map the changes would be lost; other systems have no such call.
        if self._bytes_read < KEPT_BYTES or not hasattr(mmap, "MADV_DONTNEED"):
            return
        self._bytes_read = 0
        if self._mapping is not None and not self.array.flags.writeable:
            self._mapping.madvise(mmap.MADV_DONTNEED)


def mapping_of(array):
    """The map of the file that an array looks into, or `None` where it lies in memory."""
    base = array
    while isinstance(base, np.ndarray):
        base = base.base
    return base if isinstance(base, mmap.mmap) else None


def rows_of(array):
    """An array in memory as it is; one in a file, or rows of it, as `MappedRows`."""
    if isinstance(array, MappedRows):
        return array
    array = np.asanyarray(array)
    return MappedRows(array) if mapping_of(array) is not None else np.asarray(array)
