"""Data to learn from: images, tables, what is drawn by code, activations, the `tf.data` pipeline.

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
from keras_genae.datasets.drawn_counts import draw_counts
from keras_genae.datasets.drawn_faces import FACTORS, draw_faces, render_faces
from keras_genae.datasets.drawn_sources import draw_sources
from keras_genae.datasets.idx import load_idx, load_idx_folder
from keras_genae.datasets.image_files import ImageFiles, load_images
from keras_genae.datasets.mapped_rows import MappedRows
from keras_genae.datasets.pipeline import (
    evaluation_batches,
    split_images,
    steps_per_epoch,
    training_batches,
)
from keras_genae.datasets.tables import load_table

__all__ = [
    "FACTORS",
    "CelebAUnavailable",
    "ImageFiles",
    "MappedRows",
    "activations",
    "celeba_instructions",
    "celeba_is_prepared",
    "celeba_manual_folder",
    "draw_counts",
    "draw_faces",
    "draw_sources",
    "evaluation_batches",
    "load_celeba",
    "load_idx",
    "load_idx_folder",
    "load_images",
    "load_table",
    "map_shape",
    "render_faces",
    "split_images",
    "steps_per_epoch",
    "training_batches",
]
