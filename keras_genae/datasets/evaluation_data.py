"""The data that a trained model is measured on, by a path."""

import dataclasses
import pathlib

import numpy as np

from keras_genae.datasets.drawn_faces import draw_faces
from keras_genae.datasets.idx import load_idx_folder
from keras_genae.datasets.image_files import load_images
from keras_genae.datasets.tables import TABLES, load_table

DRAWN_FACES = "drawn_faces"
# Another seed than that of training: faces the model has not seen.
UNSEEN_SEED = 12_345
# The weights of red, green and blue in a grey value (ITU-R BT.601).
LUMA = np.array([0.299, 0.587, 0.114])


@dataclasses.dataclass
class EvaluationData:
    """Examples and what is known of them.

    Attributes:
        x: array `(n, *input_shape)`.
        labels: array `(n,)`, or `None`.
        factors: name → array `(n,)`; empty where the data were not drawn from known factors.
        source: in words, for titles and tables.
    """

    x: np.ndarray
    labels: np.ndarray | None
    factors: dict
    source: str


def load_evaluation_data(path, input_shape, limit):
    """Read what a model of `input_shape` can be measured on.

    Args:
        path: `"drawn_faces"`; a folder of idx files, of which the test set is taken; a table, as
            `load_table` takes it; or a folder or zip of images.
        input_shape: of one example.
        limit: how many examples at most.

    Returns:
        `EvaluationData`.

    Raises:
        ValueError, OSError: where there is nothing to read.
    """
    if str(path) == DRAWN_FACES:
        _require_images(input_shape, path)
        x, factors = draw_faces(limit, input_shape[:2], seed=UNSEEN_SEED)
        return EvaluationData(_in_channels(x, input_shape), None, factors, f"{limit:,} drawn faces")
    path = pathlib.Path(path).expanduser()
    if path.suffix in TABLES:
        x, labels = load_table(path)
    elif path.is_dir() and any("idx" in file.name for file in path.iterdir()):
        x, labels = load_idx_folder(path, "test")
    else:
        _require_images(input_shape, path)
        x = load_images(path, input_shape[:2], limit=limit).images
        x, labels = _in_channels(x, input_shape), None
    x = x[:limit]
    labels = None if labels is None else labels[:limit]
    return EvaluationData(x, labels, {}, f"{path.name}, {len(x):,} examples")


def _require_images(input_shape, path):
    if len(input_shape) != 3:
        raise ValueError(
            "The model takes vectors: give it a .npy, .npz or .csv file. "
            f"Received: {path}, for a model of input_shape={tuple(input_shape)}"
        )


def _in_channels(images, input_shape):
    """Colour images as the model takes them: grey ones of one channel."""
    if input_shape[-1] != 1:
        return images
    return np.rint(images @ LUMA)[..., None].astype("uint8")
