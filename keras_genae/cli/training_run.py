"""The frame of a script: build, load, train; measure and draw; leave the results in a folder."""

import argparse
import contextlib
import dataclasses
import pathlib

import keras
import numpy as np

from keras_genae import visualization
from keras_genae.cli.faces import load_faces
from keras_genae.cli.provenance import Split, split_of_model
from keras_genae.cli.settings import settings_of
from keras_genae.cli.training import train
from keras_genae.run_folder import RunFolder
from keras_genae.script import print_metrics


@dataclasses.dataclass
class TrainingRun:
    """A trained model, and what it was trained on.

    Attributes:
        arguments: the parsed command line.
        model: trained.
        training: uint8 `(n, height, width, channels)`, nine of ten images; of images in a cache
            `MappedRows`, which a slice or an index reads.
        validation: uint8 `(m, height, width, channels)`, the others.
        training_labels, validation_labels: dicts of name to `(n,)`; empty where there are none.
        are_unseen: whether it is known that the model was not trained on the validation images.
        source: of the images, in words.
        folder: the `RunFolder` that takes the figures.
        metrics: name → (value, unit); what is added here is printed and written at the end.
    """

    arguments: argparse.Namespace
    model: keras.Model
    training: np.ndarray
    validation: np.ndarray
    training_labels: dict
    validation_labels: dict
    are_unseen: bool
    source: str
    folder: RunFolder
    metrics: dict

    @property
    def faces(self):
        """What to call the validation images in a title."""
        return "unseen faces" if self.are_unseen else "faces"

    def save_figure(self, name, draw, images, least=1):
        """Draw a figure into the folder, where there are images enough for it.

        Args:
            name: of the file, without its suffix.
            draw: function that returns the figure.
            images: what it is drawn of.
            least: how many it takes.
        """
        if len(images) < least:
            print(f"Without {name}.png: it takes {least} images, and there are {len(images)}.")
            return
        self.folder.save_figure(name, draw())


@contextlib.contextmanager
def training_run(arguments, build_model, load=load_faces):
    """Train a model by the command line, and keep what is made of it.

    The block is for measuring and drawing. The model is in the output folder before it begins, so
    that nothing which fails there costs the training. When it ends well, metrics and model, which
    may have got a prior, are written again and the metrics printed.

    Args:
        arguments: parsed by a parser with `add_training_arguments`; with `add_model_argument`, too,
            `--model` is loaded in place of building and training one.
        build_model: function of the arguments to a compiled model.
        load: function of the arguments to `Faces`.

    Yields:
        `TrainingRun`.
    """
    keras.utils.set_random_seed(arguments.seed)
    path = getattr(arguments, "model", None)
    # Before the data: a wrong option, or a folder that is taken, is told at once.
    model = build_model(arguments) if path is None else load_model(path, arguments)
    with RunFolder(arguments.output_dir, None, arguments.resume) as folder:
        data = load(arguments)
        split = Split.of(data.images, arguments.seed)
        folder.keep_settings(settings_of(arguments, data, split.data_crc32))
        training, validation = split.divide(data.images)
        validation = np.asarray(validation)
        labels = {name: split.divide(values) for name, values in data.labels.items()}
        trained_by = split if path is None else split_of_model(path)
        metrics = {"data": (data.source, "")}
        if path is None:
            history, of_training = train(model, training, validation, arguments, folder)
            metrics.update(of_training)
            folder.save_results(model, metrics, trained_by)
            curves = visualization.plot_training_curves(history, f"Training on {data.source}")
            folder.save_figure("training_curves", curves)
        print("Measuring, and drawing the figures.", flush=True)
        yield TrainingRun(
            arguments=arguments,
            model=model,
            training=training,
            validation=validation,
            training_labels={name: parts[0] for name, parts in labels.items()},
            validation_labels={name: parts[1] for name, parts in labels.items()},
            are_unseen=trained_by == split,
            source=data.source,
            folder=folder,
            metrics=metrics,
        )
        folder.save_results(model, metrics, trained_by)
    print_metrics(metrics)
    print(f"\nThe model, metrics.json and the figures are in {arguments.output_dir}/")


def add_model_argument(group):
    """Use a model that is trained already."""
    group.add_argument(
        "--model",
        type=pathlib.Path,
        metavar="PATH",
        help="a model.keras of another run, of colour images, to use instead of training one; the "
        "options of model and training are then without effect",
    )


def load_model(path, arguments):
    """The model at `path`, which also decides the size of the images."""
    model = keras.saving.load_model(path)
    shape = getattr(model, "input_shape", ())
    if len(shape) != 3 or shape[-1] != 3 or not hasattr(model, "encode"):
        raise ValueError(
            "--model must be an autoencoder of colour images, of (height, width, 3). "
            f"Received: --model {path}, a {type(model).__name__} of {shape}"
        )
    arguments.image_size = shape[:2]
    return model
