"""The frame of a script: build, load, train; measure and draw; leave the results in a folder."""

import argparse
import contextlib
import dataclasses
import pathlib

import keras
import numpy as np

from keras_genae import datasets, visualization
from keras_genae.cli.faces import load_faces
from keras_genae.cli.training import train
from keras_genae.run_folder import RunFolder, settings_of
from keras_genae.script import print_metrics


@dataclasses.dataclass
class TrainingRun:
    """A trained model, and what it was trained on.

    Attributes:
        arguments: the parsed command line.
        model: trained.
        training, validation: uint8 `(n, height, width, channels)`: nine of ten images, the rest.
        training_labels, validation_labels: dicts of name to `(n,)`; empty where there are none.
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
    source: str
    folder: RunFolder
    metrics: dict


@contextlib.contextmanager
def training_run(arguments, build_model, load=load_faces):
    """Train a model by the command line, and keep what is made of it.

    The block is for measuring and drawing. When it ends well, metrics and model are written into
    the output folder and the metrics printed.

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
    # Before the data: a wrong option is told at once.
    model = build_model(arguments) if path is None else load_model(path, arguments)
    data = load(arguments)

    def split(array):
        return datasets.split_images(array, validation_fraction=0.1, seed=arguments.seed)

    training, validation = split(data.images)
    labels = {name: split(values) for name, values in data.labels.items()}
    settings = settings_of(arguments, data)
    with RunFolder(arguments.output_dir, settings, arguments.resume) as folder:
        metrics = {"data": (data.source, "")}
        if path is None:
            history, of_training = train(model, training, validation, arguments, folder)
            metrics.update(of_training)
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
            source=data.source,
            folder=folder,
            metrics=metrics,
        )
        folder.save_metrics(metrics)
        folder.save_model(model)
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
