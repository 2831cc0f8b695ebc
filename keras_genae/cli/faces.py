"""The faces a script learns from, by its arguments."""

import dataclasses

import numpy as np

from keras_genae import datasets
from keras_genae.cli.labels import read_labels
from keras_genae.datasets.image_sources import open_source
from keras_genae.datasets.mapped_rows import rows_of
from keras_genae.datasets.pictures import height_and_width

DRAWN_IMAGES = 8000
# Decoded images that take more bytes are kept in a file.
LARGE = 2**30


@dataclasses.dataclass
class Faces:
    """Images and where they are from.

    Attributes:
        images: uint8 `(n, size, size, 3)`; from a cache, mapped, or `MappedRows`.
        source: in words, for titles and tables.
        labels: dict of attribute's name to numbers `(n,)`; empty where none are known.
    """

    images: np.ndarray | datasets.MappedRows
    source: str
    labels: dict = dataclasses.field(default_factory=dict)


def load_faces(arguments, labels=None):
    """Read, prepare or draw the faces that the command line asks for.

    Args:
        arguments: parsed by a parser with `add_face_arguments`.
        labels: a table of attributes of the images in `--data-dir`, as `read_labels` takes it;
            images without labels are left out. Drawn faces bring their own.

    Returns:
        `Faces`.

    Raises:
        ValueError, OSError: where the folder or zip has no image to read, or the labels are not
            of these images.
        CelebAUnavailable: where CelebA was asked for by name and cannot be had.
    """
    size, limit, dataset = arguments.image_size, arguments.images, arguments.dataset
    if labels is not None and arguments.data_dir is None:
        raise ValueError(
            "The labels are those of the images that --data-dir names. "
            f"Received: {labels} without --data-dir"
        )
    if arguments.cache is not None and arguments.data_dir is None:
        raise ValueError(
            "The cache is that of the images that --data-dir names. "
            f"Received: --cache {arguments.cache} without --data-dir"
        )
    if arguments.data_dir is not None:
        if dataset is not None:
            raise ValueError(
                "--data-dir names the images to use; leave --dataset out with it. "
                f"Received: --dataset {dataset} --data-dir {arguments.data_dir}"
            )
        cache = arguments.cache or cache_if_large(arguments)
        files = datasets.load_images(arguments.data_dir, size, limit=limit, cache=cache)
        images, attributes = rows_of(files.images), {}
        if labels is not None:
            labelled, attributes = read_labels(labels, files.names, arguments.data_dir.stem)
            if not labelled.all():
                missing = np.sum(~labelled)
                print(f"Left out: {missing:,} of {len(labelled):,} images, which have no labels.")
            images = images[labelled] if cache is None else images.select(labelled)
        return Faces(images, f"{arguments.data_dir.name}, {len(images):,} images", attributes)
    if dataset == "celeba" or (dataset != "drawn" and datasets.celeba_is_prepared()):
        images = datasets.load_celeba("train", size, download=dataset == "celeba", limit=limit)
        return Faces(images, f"CelebA, {len(images):,} images")
    if dataset != "drawn":
        print(
            "CelebA is not prepared here, and is not downloaded unasked. Three ways to get it: "
            "--dataset celeba (1.4 GB from Google Drive, which often refuses); its files put into "
            f"{datasets.celeba_manual_folder()} and then --dataset celeba; or a copy of the "
            "pictures by --data-dir img_align_celeba.zip. Going on with drawn faces."
        )
    count = limit or DRAWN_IMAGES
    print(f"Drawing {count:,} faces.", flush=True)
    images, factors = datasets.draw_faces(count, size, seed=arguments.seed, verbose=1)
    return Faces(images, f"drawn faces, {count:,} images", factors)


def cache_if_large(arguments):
    """The cache in the output folder where the images are many, else `None`."""
    height, width = height_and_width(arguments.image_size)
    with open_source(arguments.data_dir) as source:
        count = len(source.names[: arguments.images])
    size = count * height * width * 3
    if size <= LARGE:
        return None
    cache = arguments.output_dir / "images.npy"
    print(f"The {count:,} images take {size / 2**30:.1f} GiB: they are kept in {cache}.")
    return cache
