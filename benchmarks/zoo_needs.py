"""What models of the zoo need beside images: labels, pairs, a larger batch, a start."""

import dataclasses
from collections.abc import Callable

import numpy as np

from keras_genae.cli.labels import read_labels
from keras_genae.datasets import load_images, split_images
from keras_genae.training.recipe import BATCH

SEED = 0
# A statistic of the codes of a batch takes more codes than there are units.
LARGER_BATCH = 64
FEW_UNITS = 10
# Codes are about as many for all tokenisers: 2¹⁰ or a little less; of several codebooks 512 each.
BITS, CODES, LEVELS, CODEBOOK, CLASSES = 10, 1024, (8, 5, 5, 5), 512, 32
VECTOR = 32
# Of the transformer that tells each token from those before it.
OF_TOKENS = {"epochs": 2}
# Height and width of a map are an eighth of the image's.
MAP_CHANNELS, MAP_FACTOR = 4, 8
LADDER = (64, 32, 16, 8, 4)
COLUMNS = ("age", "gender: Male")


@dataclasses.dataclass(frozen=True)
class Faces:
    """Images to train on and held-out ones, uint8, and the age and gender of each, or `None`."""

    training: np.ndarray
    held_out: np.ndarray
    training_labels: np.ndarray | None = None
    held_out_labels: np.ndarray | None = None


def load_faces(path, labels, size, count, held_out, cache):
    """The images of a folder or zip, the first by name, and their labels from a table.

    Args:
        path: the folder or zip.
        labels: a CSV table with the columns age and gender, or `None`.
        size: height and width, in pixels.
        count, held_out: how many to train on, and how many to keep for evaluation.
        cache: a file for the decoded images.

    Returns:
        `Faces`.

    Raises:
        ValueError, OSError: where there are no such images, too few of them, or none of the labels.
    """
    files = load_images(path, size, limit=count + held_out, verbose=0, cache=cache)
    images = np.array(files.images)
    if len(images) < count + held_out:
        raise ValueError(
            f"There are fewer than {count:,} images to train on and {held_out:,} to hold out. "
            f"Received: {path} with {len(images):,} images"
        )
    parts = split_images(images, held_out / len(images), SEED)
    if labels is None:
        return Faces(*parts)
    is_labelled, columns = read_labels(labels, files.names, path.stem)
    if not is_labelled.all() or not set(COLUMNS) <= set(columns):
        raise ValueError(
            "The labels must have the columns age and gender, and a row for each image. "
            f"Received: {labels} with {list(columns)} for {is_labelled.sum():,} images"
        )
    rows = np.stack([columns[name] for name in COLUMNS], axis=1)
    return Faces(*parts, *split_images(rows, held_out / len(images), SEED))


# What goes beside each image: of the training images, and of the held-out ones or `None`.


def labels_of(faces):
    """Age and gender of the images of both parts."""
    if faces.training_labels is None:
        raise ValueError("It learns from labels, and there are none: --labels names their table.")
    return faces.training_labels, faces.held_out_labels


def gender(faces):
    """Two classes."""
    return tuple(labels[:, 1].astype("int32") for labels in labels_of(faces))


def gender_of_a_tenth(faces):
    """Two classes, known of every tenth training image and of no other."""
    known, _ = gender(faces)
    return np.where(np.arange(len(known)) % 10 == 0, known, -1).astype("int32"), None


def age_and_gender(faces):
    """Each group of age and gender a class."""
    both = labels_of(faces)
    _, number = np.unique(np.concatenate(both), axis=0, return_inverse=True)
    number = number.reshape(-1).astype("int32")
    return number[: len(both[0])], number[len(both[0]) :]


def partners(faces):
    """The same face mirrored, or in another light."""
    rng = np.random.default_rng(SEED)
    pairs = np.empty_like(faces.training)
    for i, image in enumerate(faces.training):
        brightness = rng.uniform(0.5, 1.5)
        is_mirrored = rng.random() < 0.5
        pairs[i] = image[:, ::-1] if is_mirrored else np.clip(brightness * image, 0, 255)
    return pairs, None


# What comes before `fit`: it takes the model, the faces, the steps and a callback, and returns how
# many steps are left.


def initialise(model, faces, steps, watch):
    """Pseudo-inputs from training images."""
    model.initialise(faces.training)
    return steps


def pretrain(model, faces, steps, watch):
    """A third of the steps as an autoencoder, then the mixture fitted to the codes."""
    wanted = max(1, steps // 3)
    steps_an_epoch = min(wanted, len(faces.training) // BATCH)
    epochs = wanted // steps_an_epoch
    model.pretrain(
        faces.training[: steps_an_epoch * BATCH],
        epochs=epochs,
        batch_size=BATCH,
        verbose=0,
        callbacks=[watch],
    )
    return max(1, steps - epochs * steps_an_epoch)


@dataclasses.dataclass(frozen=True)
class Needs:
    """What a model is given that others are not.

    Attributes:
        arguments: of its constructor, from the faces and the number of training steps.
        beside: what goes beside each image, one of the functions above.
        begin: what comes before `fit`, one of the functions above.
        batch: images a step.
        prior: options of `fit_prior`, for what has no density of its own worth drawing from; `None`
            leaves it to the model.
        note: all this in words, for the table.
    """

    arguments: Callable = lambda faces, steps: {}
    beside: Callable | None = None
    begin: Callable | None = None
    batch: int = BATCH
    prior: dict | None = None
    note: str = ""


def classes_of(both):
    """How many classes there are among the labels of both parts."""
    return int(max(labels.max() for labels in both)) + 1


def few_units(faces, steps):
    """For what is made for few units."""
    return {"latent_dim": FEW_UNITS}


def codebook_of(codes, note=""):
    """What a tokeniser with a codebook that is learned is given."""
    return Needs(
        arguments=lambda faces, steps: {"latent_dim": VECTOR, "codebook_size": codes},
        batch=LARGER_BATCH,
        prior=OF_TOKENS,
        note=f"{codes:,} codes of {VECTOR} entries{note}; batches of {LARGER_BATCH}",
    )


BINARY = Needs(
    arguments=lambda faces, steps: {"latent_dim": BITS},
    batch=LARGER_BATCH,
    prior=OF_TOKENS,
    note=f"codes of {BITS} bits; batches of {LARGER_BATCH}",
)

NEEDS = {
    "AAE": Needs(batch=LARGER_BATCH, note=f"batches of {LARGER_BATCH}"),
    "AdaGVAE": Needs(
        beside=partners, note="pairs: each face and itself mirrored, or in another light"
    ),
    "BetaTCVAE": Needs(
        arguments=lambda faces, steps: {"dataset_size": len(faces.training)},
        batch=LARGER_BATCH,
        note=f"batches of {LARGER_BATCH}",
    ),
    "BSQVAE": BINARY,
    "CategoricalVAE": Needs(
        arguments=lambda faces, steps: {"latent_dim": CLASSES},
        note=f"{CLASSES} classes at each place",
    ),
    "ConditionalVAE": Needs(
        arguments=lambda faces, steps: {"classes": 2}, beside=gender, note="classes: gender"
    ),
    "DeepVAE": Needs(
        arguments=lambda faces, steps: {"latent_dim": 16}, note="a code of 16 channels a level"
    ),
    "DenoisingAE": Needs(note="trained on noise of σ = 0.2; here clean faces are reconstructed"),
    "DIPVAE": Needs(batch=LARGER_BATCH, note=f"batches of {LARGER_BATCH}"),
    "FactorVAE": Needs(batch=LARGER_BATCH, note=f"batches of {LARGER_BATCH}"),
    "FSQVAE": Needs(
        arguments=lambda faces, steps: {"latent_dim": len(LEVELS), "levels": LEVELS},
        prior=OF_TOKENS,
        note=f"levels {LEVELS}",
    ),
    "HypersphericalVAE": Needs(arguments=few_units, note=f"{FEW_UNITS} units: it is made for few"),
    "InfoVAE": Needs(batch=LARGER_BATCH, note=f"batches of {LARGER_BATCH}"),
    "IVAE": Needs(
        arguments=lambda faces, steps: {"classes": classes_of(age_and_gender(faces))},
        beside=age_and_gender,
        note="side information: group of age and gender",
    ),
    "JointVAE": Needs(
        arguments=lambda faces, steps: {"capacity": 25.0, "capacity_steps": max(1, steps // 2)},
        note="capacity of 25 nats, and that of ten classes, reached after half of the steps",
    ),
    "KLAutoencoder": Needs(
        arguments=lambda faces, steps: {"latent_dim": MAP_CHANNELS, "factor": MAP_FACTOR},
        prior={},
        note=f"a map of {MAP_CHANNELS} channels, an eighth as high and wide as the image; samples "
        "of a normal distribution fitted to it",
    ),
    "LadderVAE": Needs(
        arguments=lambda faces, steps: {"latent_dim": LADDER},
        note=f"codes of {', '.join(map(str, LADDER))} entries; beta without a warm-up",
    ),
    "LFQVAE": BINARY,
    "PerceptualVAE": Needs(note="its default features, edges and coarse colours, nothing learned"),
    "PoincareVAE": Needs(arguments=few_units, note=f"{FEW_UNITS} units: it is made for few"),
    "ResidualVQVAE": codebook_of(CODEBOOK, ", four times"),
    "SemiSupervisedVAE": Needs(
        arguments=lambda faces, steps: {"classes": 2},
        beside=gender_of_a_tenth,
        note="classes: gender, known of a tenth of the training images and of no other",
    ),
    "SimVQVAE": codebook_of(CODES),
    "VaDE": Needs(begin=pretrain, note="a third of the steps is `pretrain`; ten clusters"),
    "VampPriorVAE": Needs(begin=initialise, note="100 pseudo-inputs, started from faces"),
    "VQVAE": codebook_of(CODES),
    "VQVAE2": codebook_of(CODEBOOK, ", at both levels"),
    "WAE": Needs(batch=LARGER_BATCH, note=f"batches of {LARGER_BATCH}"),
}


def needs_of(card):
    """What a model of the table needs; classes where it asks for labels and nothing is said."""
    if card.name not in NEEDS and card.model_class.TAKES_LABELS:
        return NEEDS["ConditionalVAE"]
    return NEEDS.get(card.name, Needs())
