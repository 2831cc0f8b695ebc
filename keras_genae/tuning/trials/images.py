"""The images of a search: loaded once, shared by all its processes."""

import contextlib
import json
import pathlib

import numpy as np

from keras_genae import datasets
from keras_genae.files import write_aside


def load_split(config):
    """Load what a config learns from, split into training and validation.

    Args:
        config: `SearchConfig`.

    Returns:
        Tuple of two uint8 arrays `(n, height, width, channels)`.

    Raises:
        ValueError, OSError: where there is no image to read, or too few.
        CelebAUnavailable: where CelebA cannot be had.
    """
    images = _load(config.data, config.seed)
    return datasets.split_images(images, config.data.validation_fraction, config.seed)


def _load(data, seed):
    if data.source == "drawn_faces":
        return datasets.draw_faces(data.images, data.image_size, seed=seed)[0]
    if data.source == "celeba":
        return datasets.load_celeba(
            "train", data.image_size, data_dir=data.path, limit=data.images, verbose=0
        )
    path = pathlib.Path(data.path).expanduser()
    if data.source == "idx":
        return datasets.load_idx_folder(path, "train")[0][: data.images]
    return datasets.load_images(path, data.image_size, limit=data.images).images


class SharedImages:
    """The split of a search as two files that processes map into their memory.

    Loading or drawing images takes longer than many a trial, and one copy in each process more
    memory than there may be; mapped files are loaded once, and the copies are one.

    Args:
        folder: where the files are.
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def prepare(self, config):
        """Load the images and write the files, unless they are there for the same data."""
        settings = self._settings(config)
        if self._settings_path.exists() and self._settings_path.read_text() == settings:
            return
        for name, images in zip(("training", "validation"), load_split(config), strict=True):
            with write_aside(self.folder / f"{name}.npy") as aside, open(aside, "wb") as file:
                np.save(file, images, allow_pickle=False)
        with write_aside(self._settings_path) as aside:
            aside.write_text(settings)

    def open(self):
        """Training and validation images, mapped: pages are read when they are needed."""
        return tuple(
            np.load(self.folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            for name in ("training", "validation")
        )

    def remove(self):
        """Delete the files: they are made again where they are needed again."""
        # The settings first: they vouch for the others.
        for path in (self._settings_path, *self.folder.glob("*.npy")):
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # Somebody else's files stay.
            self.folder.rmdir()

    @property
    def _settings_path(self):
        return self.folder / "images.json"

    def _settings(self, config):
        return json.dumps({**config.data.model_dump(), "seed": config.seed})
