"""Write files so that a reader finds the old one or the new one, never half of one."""

import contextlib
import os
import pathlib
import tempfile

try:
    import fcntl
except ImportError:  # Windows, where an open file cannot be replaced by another run anyway.
    fcntl = None


@contextlib.contextmanager
def write_aside(path):
    """Yield a temporary path beside `path`; rename it to `path` when the block ends well.

    The temporary file has the same suffix, so that writers which choose a format by suffix
    (`keras.Model.save`, `Figure.savefig`) work. When the block raises, nothing is left behind.

    Args:
        path: the file to write. Its folder is created.

    Yields:
        `pathlib.Path` of the temporary file.

    Raises:
        OSError: where the folder cannot be made, or the disk is full.

    Example:

    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "numbers.txt"
    >>> with write_aside(path) as aside:
    ...     _ = aside.write_text("1 2 3")
    >>> path.read_text()
    '1 2 3'
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own for each writer: two runs in one folder never share a half-written file.
    handle, aside = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.stem}-", suffix="".join(path.suffixes)
    )
    os.close(handle)
    aside = pathlib.Path(aside)
    try:
        yield aside
        # Without it a power cut can leave the new name on an empty file.
        with open(aside, "rb+") as file:
            os.fsync(file.fileno())
        aside.chmod(0o666 & ~_umask())
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _umask():
    # The mask can only be read by setting it; mkstemp makes files private, which results are not.
    mask = os.umask(0)
    os.umask(mask)
    return mask


def lock_folder(folder):
    """Take a folder for this process alone; the operating system frees it when the process ends.

    Args:
        folder: an existing folder.

    Returns:
        An open file; closing it frees the folder.

    Raises:
        ValueError: where another process has it.
    """
    file = open(pathlib.Path(folder) / ".lock", "a")  # noqa: SIM115 (open as long as the lock)
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise ValueError(
            f"Another run is writing to {folder}. Wait for it, or choose another folder."
        ) from error
    return file
