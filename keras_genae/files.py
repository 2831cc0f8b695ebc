"""Write files so that a reader finds the old one or the new one, never half of one."""

import contextlib
import os
import pathlib
import re
import shutil
import tempfile

try:
    import fcntl
except ImportError:  # Windows, where an open file cannot be replaced by another run anyway.
    fcntl = None

# In the names of files that are being written: nobody else's hidden file is taken for one.
MARK = ".half-written-"
HALF_WRITTEN = re.compile(rf"\..*{re.escape(MARK)}[a-z0-9_]{{8}}(\..*)?")


@contextlib.contextmanager
def write_aside(path):
    """Yield a temporary path beside `path`; rename it to `path` when the block ends well.

    The temporary file has the same suffix, so that writers which choose a format by suffix
    (`keras.Model.save`, `Figure.savefig`) work. When the block raises, nothing is left behind; what
    a killed process was writing is removed by the next writer in that folder.

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
    with _writing_in(path.parent):
        # A name of its own for each writer: two runs in one folder never share a half-written file.
        handle, aside = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.stem}{MARK}", suffix="".join(path.suffixes)
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


@contextlib.contextmanager
def _writing_in(folder):
    """Hold `folder` while a file in it is half there; remove what dead writers left.

    All writers hold a shared lock on the folder itself, which ends with their process. Whoever gets
    it alone knows that no half-written file there is anybody's.
    """
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Some network drives lock no folders; nothing is swept there.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _sweep(folder)
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def _sweep(folder):
    with os.scandir(folder) as entries:
        for entry in entries:
            if HALF_WRITTEN.fullmatch(entry.name):
                pathlib.Path(entry.path).unlink(missing_ok=True)


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


def require_space(folder, needed, what, advice):
    """Refuse work whose result would not fit on the disk.

    Args:
        folder: where the result goes; an existing folder.
        needed: in bytes.
        what: needs it, in words: the subject of the message.
        advice: what to do instead, in words.

    Raises:
        OSError: where less than `needed` is free.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OSError(
            f"{what} about {needed / 2**20:,.0f} MiB in {folder}, where {free / 2**20:,.0f} MiB "
            f"are free. Make room, or {advice}."
        )
