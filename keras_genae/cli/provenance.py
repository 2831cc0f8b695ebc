"""Which images a model was trained on, kept beside it: what it has not seen is known for sure."""

import dataclasses
import json
import pathlib
import zlib

import numpy as np

from keras_genae import datasets
from keras_genae.datasets.mapped_rows import rows_of
from keras_genae.files import write_aside

NAME = "training_data.json"
VALIDATION_FRACTION = 0.1
# More say no more, and each epoch waits for them.
MOST_VALIDATION = 10_000
IMAGES_AT_A_TIME = 4096


@dataclasses.dataclass(frozen=True)
class Split:
    """How images were divided into those to learn from and those to validate with.

    Attributes:
        data_crc32: of all images, in their order.
        images: how many there are.
        validation_images: how many of them are not trained on: one in ten, from 1 to 10,000.
        seed: of the choice.
    """

    data_crc32: int
    images: int
    validation_images: int
    seed: int

    @classmethod
    def of(cls, images, seed):
        """The split of an array of images; a ValueError where there are too few for one."""
        if len(images) < 2:
            raise ValueError(
                "Two images are the least: one to learn from, one to validate with. "
                f"Received: {len(images)} image"
            )
        count = min(max(round(VALIDATION_FRACTION * len(images)), 1), MOST_VALIDATION)
        return cls(crc32_of(images), len(images), count, seed)

    def divide(self, array):
        """The two parts of an array with an entry for each image: training, validation."""
        return datasets.split_images(array, self.validation_images / self.images, self.seed)

    def keep_beside(self, model_path):
        """Write down that the model in a file was trained by this split."""
        model_path = pathlib.Path(model_path)
        record = {**dataclasses.asdict(self), "model_crc32": _crc32_of_file(model_path)}
        with write_aside(model_path.parent / NAME) as aside:
            aside.write_text(json.dumps(record, indent=2) + "\n")


def split_of_model(model_path):
    """The split that the model in a file was trained by; `None` where nobody knows.

    The record beside the file counts only where it is of this very file.
    """
    model_path = pathlib.Path(model_path)
    try:
        record = json.loads((model_path.parent / NAME).read_text())
        if record.pop("model_crc32") != _crc32_of_file(model_path):
            return None
        return Split(**record)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def crc32_of(images):
    """A checksum of all images, a few at a time: there may be more than the memory takes."""
    checksum = 0
    images = rows_of(images)
    for start in range(0, len(images), IMAGES_AT_A_TIME):
        some = np.ascontiguousarray(images[start : start + IMAGES_AT_A_TIME])
        checksum = zlib.crc32(some, checksum)
    return checksum


def _crc32_of_file(path):
    checksum = 0
    with open(path, "rb") as file:
        while piece := file.read(2**22):
            checksum = zlib.crc32(piece, checksum)
    return checksum
