"""What to learn from: CelebA, image files, idx files, drawn faces, the `tf.data` pipeline; and the
activations of a network's layer.

TensorFlow and TensorFlow Datasets are imported by the functions that need them, when called.
"""

from keras_genae.datasets.activations import activations, map_shape
from keras_genae.datasets.celeba import (
    CelebAUnavailable,
    celeba_instructions,
    celeba_is_prepared,
    celeba_manual_folder,
    load_celeba,
)
from keras_genae.datasets.drawn_faces import FACTORS, draw_faces, render_faces
from keras_genae.datasets.idx import load_idx, load_idx_folder
from keras_genae.datasets.image_files import ImageFiles, load_images
from keras_genae.datasets.mapped_rows import MappedRows
from keras_genae.datasets.pipeline import (
    evaluation_batches,
    split_images,
    steps_per_epoch,
    training_batches,
)

__all__ = [
    "FACTORS",
    "CelebAUnavailable",
    "ImageFiles",
    "MappedRows",
    "activations",
    "celeba_instructions",
    "celeba_is_prepared",
    "celeba_manual_folder",
    "draw_faces",
    "evaluation_batches",
    "load_celeba",
    "load_idx",
    "load_idx_folder",
    "load_images",
    "map_shape",
    "render_faces",
    "split_images",
    "steps_per_epoch",
    "training_batches",
]
