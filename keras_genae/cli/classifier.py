"""Images with classes, and a small classifier of them whose layers are looked into."""

import dataclasses
import pathlib

import keras
import numpy as np

from keras_genae import datasets
from keras_genae.cli.arguments import whole_number
from keras_genae.cli.labels import kinds_of
from keras_genae.progress import fit_verbose

DRAWN_IMAGES, DRAWN_SIZE = 8000, 32
# What a drawn face may have; the class is which of them.
ATTRIBUTES = {"glasses": 0.5, "beard": 0.3, "bald": 0.5}
FASHION = (
    *("T-shirt", "trousers", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)
LAYERS = ("features", "map")
EPOCHS, BATCH = 3, 64


@dataclasses.dataclass
class ClassifiedImages:
    """Images and their classes.

    Attributes:
        images: uint8 `(n, height, width, channels)`.
        labels: int `(n,)`, indices of `names`.
        names: of the classes.
        source: in words.
    """

    images: np.ndarray
    labels: np.ndarray
    names: list
    source: str


def add_classifier_arguments(parser):
    """Which images to classify, and which layer to look into."""
    group = parser.add_argument_group("classifier")
    group.add_argument(
        "--idx",
        type=pathlib.Path,
        metavar="FOLDER",
        help="a folder of MNIST's or Fashion-MNIST's idx files, .gz or not (default: drawn faces)",
    )
    group.add_argument(
        "--images",
        type=whole_number(100),
        metavar="N",
        help=f"draw so many faces ({DRAWN_IMAGES}), or use the first N of the files (default: all)",
    )
    group.add_argument(
        "--layer",
        choices=LAYERS,
        default=LAYERS[0],
        help="features: the last hidden layer; map: the last convolution, a row for each position "
        "(default: features)",
    )


def load_classified(arguments):
    """`ClassifiedImages` as the command line asks for."""
    if arguments.idx is not None:
        images, labels = datasets.load_idx_folder(arguments.idx, "train")
        images, labels = images[: arguments.images], labels[: arguments.images]
        names = [str(label) for label in range(labels.max() + 1)]
        if "fashion" in arguments.idx.name.lower():
            names = list(FASHION)
        source = f"{arguments.idx.name}, {len(images):,} images"
        return ClassifiedImages(images, labels, names, source)
    count = arguments.images or DRAWN_IMAGES
    print(f"Drawing {count:,} faces.", flush=True)
    images, factors = datasets.draw_faces(count, DRAWN_SIZE, seed=arguments.seed, verbose=1)
    labels, words = kinds_of({name: factors[name] for name in ATTRIBUTES}, ATTRIBUTES)
    return ClassifiedImages(images, labels, words, f"drawn faces, {count:,} images")


def train_classifier(images, labels, classes):
    """A trained classifier of images, uint8.

    Its layers are the convolutions `edges` and `map`, the dense `features`, and `logits`.
    """
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input(images.shape[1:]),
            layers.Rescaling(1 / 255),
            layers.Conv2D(16, 3, 2, "same", activation="relu", name="edges"),
            layers.Conv2D(32, 3, 2, "same", activation="relu", name="map"),
            layers.Flatten(),
            layers.Dense(64, activation="relu", name="features"),
            layers.Dense(classes, name="logits"),
        ],
        name="classifier",
    )
    model.compile(
        keras.optimizers.Adam(2e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(images, labels, epochs=EPOCHS, batch_size=BATCH, verbose=fit_verbose())
    return model


def accuracy_with(model, layer, values, labels):
    """The accuracy of a classifier whose layer gives `values` in place of its own."""
    names = [one.name for one in model.layers]
    shape = model.get_layer(layer).output.shape[1:]
    rest = keras.Sequential([keras.Input(shape), *model.layers[names.index(layer) + 1 :]])
    logits = rest.predict(values.reshape(-1, *shape), batch_size=512, verbose=0)
    return float(np.mean(logits.argmax(axis=1) == labels))
