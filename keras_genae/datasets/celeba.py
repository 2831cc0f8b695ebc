"""Read CelebA, 202,599 aligned pictures of faces, through TensorFlow Datasets."""

import numbers
import os
import pathlib

import numpy as np

from keras_genae.datasets.pictures import FACE_BOX, central_box, height_and_width
from keras_genae.progress import progress_bar

SPLITS = ("train", "validation", "test")
MANUAL_FILES = (
    "img_align_celeba.zip",
    "list_eval_partition.txt",
    "list_attr_celeba.txt",
    "list_landmarks_align_celeba.txt",
    "identity_CelebA.txt",
)

_HOST = "https://drive.google.com"
_SECONDS_TO_REACH_HOST = 10
_PICTURES_AT_A_TIME = 256


class CelebAUnavailable(OSError):
    """CelebA is not on this machine, or could not be fetched; the message says how to get it."""


def load_celeba(split, image_size, data_dir=None, download=False, limit=None, verbose=1):
    """Read the faces of one split of CelebA into one uint8 array.

    The 148 by 148 pixels around the face are cut from each picture of 218 rows and 178 columns
    and resized with antialiasing. The order is that of TensorFlow Datasets, the same each time.

    Args:
        split: `"train"` (162,770 pictures), `"validation"` (19,867) or `"test"` (19,962).
        image_size: the size wanted, 8 or more: one integer for squares, or `(height, width)`,
            for which the middle of the face is cropped to that aspect ratio.
        data_dir: the folder where TensorFlow Datasets keeps its data. Defaults to its own
            default: the environment variable `TFDS_DATA_DIR`, or `~/tensorflow_datasets`.
        download: whether to download and prepare the data set where it is not there yet. Files
            placed by hand are used first, see `celeba_instructions()`. Preparing takes minutes
            and about 3 GB of disk and of memory.
        limit: how many pictures to read at most. `None` reads all.
        verbose: `1` shows a progress bar while reading, `0` shows none.

    Returns:
        uint8 array of shape `(n, height, width, 3)`. The whole of `"train"` at 64 by 64 pixels
        takes 2 GB.

    Raises:
        CelebAUnavailable: where the data set is not there and `download` is false, or where
            downloading or preparing it fails. The message names the ways to get it.
        ValueError: where an argument is out of its range.

    Example:

    ```python
    if celeba_is_prepared():
        faces = load_celeba("train", image_size=64, limit=10_000)
    ```
    """
    size = height_and_width(image_size)
    _check_split_and_limit(split, limit)
    if not celeba_is_prepared(data_dir):
        if not download:
            raise CelebAUnavailable(
                "CelebA is not prepared on this machine.\n" + celeba_instructions(data_dir)
            )
        _prepare(data_dir)
    pictures = _pictures(_builder(data_dir), split, size, limit)
    return _fill_array(pictures, size, verbose)


def celeba_is_prepared(data_dir=None):
    """Say whether TensorFlow Datasets has CelebA ready. Uses no network and writes nothing.

    Args:
        data_dir: the folder where TensorFlow Datasets keeps its data, or `None` for its default.

    Returns:
        Boolean.

    Example:

    >>> import tempfile
    >>> celeba_is_prepared(tempfile.mkdtemp())
    False
    """
    builder = _builder(data_dir)
    # Asked about a folder that is not there, `is_prepared` logs a warning.
    return builder.data_path.exists() and builder.is_prepared()


def celeba_instructions(data_dir=None):
    """Return a text that names the three ways to get CelebA.

    Args:
        data_dir: the folder where TensorFlow Datasets keeps its data, or `None` for its default.

    Returns:
        String of a few lines.

    Example:

    >>> "img_align_celeba.zip" in celeba_instructions()
    True
    """
    return (
        "There are three ways to get CelebA (1.4 GB, for research that is not commercial):\n"
        "  (a) Let TensorFlow Datasets download it: `download=True` in `load_celeba`. Google Drive "
        "often refuses; later it may not.\n"
        "  (b) Fetch the files by hand from https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html, "
        f"put them into {str(celeba_manual_folder(data_dir))!r}, then do as in (a). They are: "
        f"{', '.join(MANUAL_FILES)}.\n"
        "  (c) Use a folder or a zip of the pictures, such as img_align_celeba.zip alone: "
        "`--data-dir PATH` in the examples, `load_images(PATH, image_size)` in Python."
    )


def _check_split_and_limit(split, limit):
    if split not in SPLITS:
        raise ValueError(f"`split` should be one of {SPLITS}. Received: split={split!r}")
    if limit is not None and (not isinstance(limit, numbers.Integral) or limit < 1):
        raise ValueError(f"`limit` should be None or 1 and more. Received: limit={limit!r}")


def _data_folder(data_dir):
    # The default as TensorFlow Datasets has it, known here without importing TensorFlow.
    data_dir = data_dir or os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets"
    return pathlib.Path(data_dir).expanduser()


def celeba_manual_folder(data_dir=None):
    """Return the folder where TensorFlow Datasets looks for files fetched by hand.

    Args:
        data_dir: the folder where TensorFlow Datasets keeps its data, or `None` for its default.

    Returns:
        `pathlib.Path`.

    Example:

    >>> celeba_manual_folder("data").as_posix()
    'data/downloads/manual'
    """
    return _data_folder(data_dir) / "downloads" / "manual"


def _builder(data_dir):
    import tensorflow_datasets as tfds

    return tfds.builder("celeb_a", data_dir=str(_data_folder(data_dir)))


def _prepare(data_dir):
    try:
        if _files_to_fetch(data_dir):
            _reach_host()
        builder = _builder(data_dir)
        # On any error this removes what it has written; what a killed process leaves lies in a
        # folder named `incomplete…`, which is never read.
        builder.download_and_prepare()
        if not builder.is_prepared():
            # It prepares nothing where the folder is there, whatever is in it.
            raise FileExistsError(
                f"The folder {str(builder.data_dir)!r} holds something other than the prepared "
                "data set. Move it away and try again"
            )
    except Exception as error:
        # Quota pages, checksums, networks and full disks each raise errors of their own kind, and
        # what the user can do is the same for all.
        raise CelebAUnavailable(
            f"CelebA could not be downloaded and prepared: {type(error).__name__}: {error}\n"
            + celeba_instructions(data_dir)
        ) from error


def _files_to_fetch(data_dir):
    """Return the names of the files that are neither placed by hand nor downloaded before."""
    downloads = _data_folder(data_dir) / "downloads"
    # TensorFlow Datasets writes a note with the file's name beside each finished download.
    notes = "".join(note.read_text() for note in (downloads / "celeb_a").glob("*.INFO"))
    return [
        name
        for name in MANUAL_FILES
        if not (celeba_manual_folder(data_dir) / name).exists() and f'"{name}"' not in notes
    ]


def _reach_host():
    """Raise an error where the download's host cannot be reached.

    TensorFlow Datasets tries ten times, which takes more than three minutes, and far longer where
    a firewall swallows what is sent; one request through the same library and the same proxies
    tells within seconds.
    """
    import requests

    requests.head(_HOST, timeout=_SECONDS_TO_REACH_HOST)


def _pictures(builder, split, size, limit):
    import tensorflow as tf
    import tensorflow_datasets as tfds

    top, left, height, width = central_box(FACE_BOX, size)

    def to_bytes(example):
        # Decodes only the rows and columns of the crop. "INTEGER_FAST" is no faster here, as
        # measured, and darkens red and blue by one level of 255.
        picture = tf.io.decode_and_crop_jpeg(
            example["image"], [top, left, height, width], channels=3, dct_method="INTEGER_ACCURATE"
        )
        picture = tf.image.resize(picture, size, antialias=True)
        return tf.saturate_cast(tf.round(picture), tf.uint8)

    dataset = builder.as_dataset(
        split=split,
        shuffle_files=False,
        # Neither the forty attributes nor the pixels outside the crop are decoded.
        decoders=tfds.decode.PartialDecoding(
            {"image": True}, decoders={"image": tfds.decode.SkipDecoding()}
        ),
    )
    if limit is not None:
        dataset = dataset.take(limit)
    return dataset.map(to_bytes, num_parallel_calls=tf.data.AUTOTUNE)


def _fill_array(pictures, size, verbose):
    count = int(pictures.cardinality())
    # Allocated once: a list of batches joined at the end would take the memory twice.
    images = np.empty((count, *size, 3), dtype="uint8")
    progress = progress_bar(count, "image", verbose)
    filled = 0
    for batch in pictures.batch(_PICTURES_AT_A_TIME).prefetch(2):
        images[filled : filled + len(batch)] = batch.numpy()
        filled += len(batch)
        progress.update(filled)
    return images
