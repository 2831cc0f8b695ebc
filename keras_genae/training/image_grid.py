"""A callback that writes reconstructions and samples as a picture while a model trains."""

import importlib.util
import math
import pathlib

import keras
import numpy as np
from PIL import Image

from keras_genae.files import write_aside
from keras_genae.pixels import (
    as_displayable,
    as_pixels,
    check_whole_number,
    gap_between,
    tile,
)

MAX_COLUMNS = 16


class ImageGrid(keras.callbacks.Callback):
    """Write a picture of the model's progress at the end of an epoch.

    `folder/epoch-0001.png`, `folder/epoch-0002.png`, … show the images, under each its
    reconstruction, and below these new samples. The same images, and the same seed for the samples,
    serve all epochs, so that the pictures can be leafed through. More than 16 images go on in
    another pair of rows.

    Args:
        images: array of shape `(n, height, width, channels)`, floats in [0, 1] or uint8. They are
            given to `model.reconstruct` as they are.
        folder: where the pictures go. It is created.
        every: write at every `every`-th epoch.
        samples: how many pictures to draw with `model.sample`. 0 draws none.
        seed: integer, the seed of the samples.
        tensorboard: a TensorBoard log folder. The picture is also written there, at the step at
            which `keras.callbacks.TensorBoard` writes the epoch's numbers. `None` writes none.

    Raises:
        ValueError: where `images` are no pictures, or a number is out of its range.
        ImportError: where `tensorboard` is given and TensorFlow or TensorBoard is not installed.

    Example:

    ```python
    progress = ImageGrid(val_images[:10], "runs/faces/pictures", every=5, samples=20)
    model.fit(images, epochs=50, callbacks=[progress])
    ```
    """

    def __init__(self, images, folder, every=1, samples=0, seed=0, tensorboard=None):
        super().__init__()
        # Wrong images are an error here, not at the end of a first long epoch.
        as_pixels(images, "images")
        check_whole_number("every", every, least=1)
        check_whole_number("samples", samples, least=0)
        if tensorboard is not None:
            _check_tensorboard()
        self.images = np.asarray(images)
        self.folder = pathlib.Path(folder)
        self.every = every
        self.samples = samples
        self.seed = seed
        self.tensorboard = tensorboard
        self._writer = None

    def __getstate__(self):
        # KerasTuner copies callbacks for each trial; an open file cannot be copied.
        return {**self.__dict__, "_writer": None}

    def on_epoch_end(self, epoch, logs=None):
        """Write the picture, at every `every`-th epoch."""
        if (epoch + 1) % self.every:
            return
        picture = self._picture()
        with write_aside(self.folder / f"epoch-{epoch + 1:04d}.png") as aside:
            Image.fromarray(picture).save(aside)
        if self.tensorboard is not None:
            self._write_summary(picture, epoch)

    def on_train_end(self, logs=None):
        """Close the TensorBoard file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _picture(self):
        originals = as_pixels(self.images, "images")
        reconstructions = self.model.reconstruct(self.images, verbose=0)
        blocks = [originals, _model_pixels(reconstructions, "model.reconstruct(images)")]
        # Rows of one length rather than full rows and a short last one.
        columns = math.ceil(len(originals) / math.ceil(len(originals) / MAX_COLUMNS))
        rows = []
        for start in range(0, len(originals), columns):
            rows += [_full_row(block[start : start + columns], columns) for block in blocks]
        if self.samples:
            drawn = self.model.sample(self.samples, seed=self.seed)
            rows.append(_model_pixels(drawn, "model.sample(samples)"))
        return tile(np.concatenate(rows), columns, gap_between(originals))

    def _write_summary(self, picture, epoch):
        import tensorflow as tf

        if self._writer is None:
            self._writer = tf.summary.create_file_writer(str(self.tensorboard))
        with self._writer.as_default():
            tf.summary.image("image_grid", picture[None], step=epoch)
        # A picture is rare and wanted now; the writer would keep it back for two minutes.
        self._writer.flush()


def _model_pixels(images, name):
    return as_pixels(as_displayable(images), name)


def _full_row(pictures, columns):
    """Fill a short row with white, so that the next one starts at the left."""
    missing = columns - len(pictures)
    return np.pad(pictures, [(0, missing), (0, 0), (0, 0), (0, 0)], constant_values=255)


def _check_tensorboard():
    for package in ("tensorflow", "tensorboard"):
        if importlib.util.find_spec(package) is None:
            raise ImportError(
                f"`ImageGrid(tensorboard=...)` needs {package}, which is not installed. Install it "
                f"with `pip install {package}`, or leave `tensorboard` out."
            )
