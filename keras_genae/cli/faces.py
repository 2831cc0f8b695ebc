"""The faces a script learns from, by its arguments."""

import dataclasses

import numpy as np

from keras_genae import datasets

DRAWN_IMAGES = 8000


@dataclasses.dataclass
class Faces:
    """Images and where they are from.

    Attributes:
        images: uint8 `(n, size, size, 3)`.
        source: in words, for titles and tables.
    """

    images: np.ndarray
    source: str


def load_faces(arguments):
    """Read, prepare or draw the faces that the command line asks for.

    Args:
        arguments: parsed by a parser with `add_face_arguments`.

    Returns:
        `Faces`.

    Raises:
        ValueError, OSError: where the folder or zip has no image to read.
        CelebAUnavailable: where CelebA was asked for by name and cannot be had.
    """
    size, limit, dataset = arguments.image_size, arguments.images, arguments.dataset
    if arguments.data_dir is not None:
        if dataset is not None:
            raise ValueError(
                "--data-dir names the images to use; leave --dataset out with it. "
                f"Received: --dataset {dataset} --data-dir {arguments.data_dir}"
            )
        images = datasets.load_images(arguments.data_dir, size, limit=limit).images
        return Faces(images, f"{arguments.data_dir.name}, {len(images):,} images")
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
    images, _ = datasets.draw_faces(count, size, seed=arguments.seed, verbose=1)
    return Faces(images, f"drawn faces, {count:,} images")
