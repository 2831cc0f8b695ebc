"""The examples of a search: loaded once, shared by all its processes."""

import contextlib
import json
import pathlib

import numpy as np

import keras_genae.models as zoo
from keras_genae import datasets
from keras_genae.files import write_aside
from keras_genae.layers.condition import Condition
from keras_genae.tuning.config.checks import takes_labels
from keras_genae.tuning.config.yaml_file import ConfigError

PARTS = ("training", "validation")


def load_split(config):
    """Load what a config learns from, split into training and validation.

    Args:
        config: `SearchConfig`.

    Returns:
        Tuple of two arrays `(n, ...)`, images uint8, vectors float32; for a model that takes labels
        of two tuples `(x, label)`, the labels as the model's steps take them.

    Raises:
        ConfigError: where there are no labels, or not those of the model.
        ValueError, OSError: where there is no example to read, or too few.
        CelebAUnavailable: where CelebA cannot be had.
    """
    x, label = _load(config.data, config.seed)
    split = config.data.validation_fraction, config.seed
    if not takes_labels(config.model_class):
        return datasets.split_images(x, *split)
    label = _label_numbers(config, label, len(x))
    pairs = (datasets.split_images(part, *split) for part in (x, label))
    return tuple(zip(*pairs, strict=True))


def _load(data, seed):
    """Examples, and their labels where the source has any."""
    if data.source == "drawn_faces":
        return datasets.draw_faces(data.images, data.image_size, seed=seed)[0], None
    if data.source == "drawn_counts":
        counts, group = datasets.draw_counts(data.examples, seed=seed)
        return counts.astype("float32"), group
    if data.source == "celeba":
        return datasets.load_celeba(
            "train", data.image_size, data_dir=data.path, limit=data.images, verbose=0
        ), None
    path = pathlib.Path(data.path).expanduser()
    if data.source == "idx":
        return tuple(part[: data.images] for part in datasets.load_idx_folder(path, "train"))
    if data.source == "table":
        x, label = (None if p is None else p[: data.examples] for p in datasets.load_table(path))
        # Numbers of a table mean themselves; bytes of images are grey levels.
        return x.astype("float32") if x.ndim == 2 else x, label
    return datasets.load_images(path, data.image_size, limit=data.images).images, None


def _label_numbers(config, label, count):
    """Labels as numbers, checked against the `classes` or `attributes` of the model."""
    model_class = getattr(zoo, config.model_class)
    side = {name: config.model_arguments.get(name) for name in ("classes", "attributes")}
    where = config.where("data")
    if label is None:
        raise ConfigError(
            f"{where}: {config.model_class} learns from labels, and the data have none: put them "
            f"under `y`, the name in an .npz file, or of a column. Received: {config.data.path}"
        )
    try:
        condition = Condition(**side, optional=model_class.LABEL_IS_OPTIONAL)
        return condition.numbers(label, count, "y")
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from error


def examples_of(part):
    """x and label of a part of a split; the label is `None` where there is none."""
    return part if isinstance(part, tuple) else (part, None)


class SharedExamples:
    """The split of a search as files that processes map into their memory.

    Loading or drawing takes longer than many a trial, and one copy in each process more memory than
    there may be; mapped files are loaded once, and the copies are one.

    Args:
        folder: where the files are.
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def prepare(self, config):
        """Load the examples and write the files, unless they are there for the same data."""
        settings = self._settings(config)
        if self._settings_path.exists() and self._settings_path.read_text() == settings:
            return
        self.remove()
        for name, part in zip(PARTS, load_split(config), strict=True):
            for path, array in zip(self._paths(name), examples_of(part), strict=True):
                if array is not None:
                    with write_aside(path) as aside, open(aside, "wb") as file:
                        np.save(file, array, allow_pickle=False)
        with write_aside(self._settings_path) as aside:
            aside.write_text(settings)

    def open(self):
        """The split as `load_split` returns it, mapped: pages are read when they are needed."""
        return tuple(self._open(name) for name in PARTS)

    def remove(self):
        """Delete the files: they are made again where they are needed again."""
        # The settings first: they vouch for the others.
        for path in (self._settings_path, *self.folder.glob("*.npy")):
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # Somebody else's files stay.
            self.folder.rmdir()

    def _open(self, name):
        x, label = (
            np.load(path, mmap_mode="r", allow_pickle=False) if path.exists() else None
            for path in self._paths(name)
        )
        return x if label is None else (x, label)

    def _paths(self, name):
        return self.folder / f"{name}.npy", self.folder / f"{name}_labels.npy"

    @property
    def _settings_path(self):
        return self.folder / "examples.json"

    def _settings(self, config):
        # Labels are numbered as the model has them.
        model = config.model.model_dump() if takes_labels(config.model_class) else None
        return json.dumps({**config.data.model_dump(), "seed": config.seed, "model": model})
