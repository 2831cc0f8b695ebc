"""Folders and zips of pictures: what is in them, which of it is read, and what is left out."""

import collections
import contextlib
import importlib.util
import io
import os
import pathlib
import zipfile

from PIL import features

SUFFIXES = (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")
HEIF_SUFFIXES = (".heic", ".heif", ".hif")
# Where pictures lie, these lie too, and nobody takes them for pictures.
OTHER_SUFFIXES = (
    *(".txt", ".csv", ".tsv", ".json", ".jsonl", ".xml", ".yaml", ".yml", ".md", ".html", ".htm"),
    *(".log", ".ini", ".db", ".py", ".npy", ".npz", ".mat", ".parquet", ".pkl", ".h5"),
)
# What would help: the first that fits a kind.
ADVICE = {
    HEIF_SUFFIXES: "`pip install pillow-heif`, and they are read",
    (".avif",): "a newer Pillow reads them",
    (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg"): "take pictures out of the videos",
    (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar"): "unpack the archives first",
    ("",): "give them the suffix of what they are",
}
CONVERT = "convert them to JPEG or PNG"

# No picture that Pillow accepts needs more bytes; a zip member that claims more is a trap.
LARGEST_MEMBER = 2**29


def readable_suffixes():
    """The kinds of files that are read, by this Pillow and what is installed beside it."""
    suffixes = SUFFIXES
    if features.check("avif"):
        suffixes += (".avif",)
    if importlib.util.find_spec("pillow_heif") is not None:
        import pillow_heif

        pillow_heif.register_heif_opener()
        suffixes += HEIF_SUFFIXES
    return suffixes


class ImageSource:
    """The files of a folder or a zip.

    Attributes:
        path: of the folder or zip.
        names: of the pictures that are read, sorted.
        left_out: names of files that may be pictures and are of a kind that is not read, sorted.
        unreadable: name → error, of folders that cannot be looked into.
    """

    def __init__(self, path, names, unreadable):
        self.path = path
        self.unreadable = unreadable
        readable = readable_suffixes()
        seen = sorted(name for name in names if not _is_hidden(name))
        self.names = [name for name in seen if suffix_of(name) in readable]
        self.left_out = [
            name for name in seen if suffix_of(name) not in (*readable, *OTHER_SUFFIXES)
        ]

    def open(self, name):
        """A file by its name, open for reading."""
        raise NotImplementedError

    def stamp(self, name):
        """Numbers that change when the file does."""
        raise NotImplementedError


class FolderSource(ImageSource):
    """The files of a folder and the folders in it, also behind links."""

    def __init__(self, path):
        unreadable = {}
        super().__init__(path, list(_walk(path, unreadable)), unreadable)

    def open(self, name):
        """See `ImageSource.open`."""
        path = self.path / name
        # A named pipe with an image's suffix would wait for ever.
        if not path.is_file():
            raise OSError("not a regular file")
        return open(path, "rb")

    def stamp(self, name):
        """See `ImageSource.stamp`."""
        try:
            status = os.stat(self.path / name)
        except OSError:  # A link to nowhere, which reading will tell.
            return None
        return [status.st_size, status.st_mtime_ns]


class ZipSource(ImageSource):
    """The members of a zip; nothing is extracted."""

    def __init__(self, path, archive):
        self.archive = archive
        self.members = {member.filename: member for member in archive.infolist()}
        super().__init__(path, [name for name in self.members if not name.endswith("/")], {})

    def open(self, name):
        """See `ImageSource.open`."""
        member = self.members[name]
        if member.file_size > LARGEST_MEMBER:
            raise OSError(f"unpacks to {member.file_size:,} bytes")
        return io.BytesIO(self.archive.read(member))

    def stamp(self, name):
        """See `ImageSource.stamp`."""
        member = self.members[name]
        return [member.file_size, member.CRC]


@contextlib.contextmanager
def open_source(path):
    """The source at `path`, to be used inside the block.

    Args:
        path: a folder or a zip file.

    Raises:
        FileNotFoundError: where there is none.
        ValueError: where it is neither.
    """
    path = pathlib.Path(path).expanduser()
    if not path.exists():
        raise FileNotFoundError(
            f"There is no such folder or zip file of images. Received: path={str(path)!r}"
        )
    if path.is_dir():
        yield FolderSource(path)
        return
    with _open_zip(path) as archive:
        yield ZipSource(path, archive)


def suffix_of(name):
    """A name's suffix in small letters, such as ".jpg"; "" where it has none."""
    return pathlib.PurePosixPath(name).suffix.lower()


def what_was_left_out(names):
    """Say in words which kinds of files were left out, and what would help."""
    kinds = collections.Counter(map(suffix_of, names)).most_common()
    counted = ", ".join(f"{count:,} {kind or 'without a suffix'}" for kind, count in kinds)
    advice = dict.fromkeys(_advice(kind) for kind, _ in kinds)
    some = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    return f"{counted} ({some}). What helps: {'; '.join(advice)}."


def _advice(kind):
    return next((advice for kinds, advice in ADVICE.items() if kind in kinds), CONVERT)


def _is_hidden(name):
    parts = pathlib.PurePosixPath(name).parts
    return any(part == "__MACOSX" or _is_dot_name(part) for part in parts)


def _is_dot_name(part):
    return part.startswith(".") and part not in (".", "..")


def _walk(folder, unreadable):
    """Yield the names of all files under a folder; note the folders that cannot be read."""
    seen = set()

    def note(error):
        unreadable[os.path.relpath(error.filename, folder)] = error

    for parent, folders, files in os.walk(folder, onerror=note, followlinks=True):
        # Links may go round in circles.
        real = os.path.realpath(parent)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        relative = pathlib.Path(parent).relative_to(folder)
        yield from ((relative / file).as_posix() for file in files)


def _open_zip(path):
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ValueError(
            f"The images should come in a folder or an undamaged zip file, but the file does not "
            f"read as a zip: {error}. Received: path={str(path)!r}"
        ) from error
