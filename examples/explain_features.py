"""What does a classifier look at? Take a layer apart into features that fire one at a time.

    python examples/explain_features.py                             # drawn faces
    python examples/explain_features.py --idx fashion_mnist/        # its original files, or MNIST's
    python examples/explain_features.py --idx mnist/ --layer map    # parts of pictures, framed

It trains a small classifier, then a sparse dictionary of the activations of one of its layers, and
leaves a folder with both, their numbers, and a figure: ten features, those that carry most, with
the unseen pictures that fire them and the class that they fire for.
"""

import keras
import numpy as np

import keras_genae as genae
from keras_genae import datasets, visualization
from keras_genae.cli.arguments import add_training_arguments, script_parser, whole_number
from keras_genae.cli.classifier import (
    accuracy_with,
    add_classifier_arguments,
    load_classified,
    train_classifier,
)
from keras_genae.cli.faces import Faces
from keras_genae.cli.provenance import Split
from keras_genae.cli.settings import settings_of
from keras_genae.files import write_aside
from keras_genae.progress import fit_verbose
from keras_genae.run_folder import RunFolder
from keras_genae.script import print_metrics, run_script
from keras_genae.training import Checkpoint, default_optimizer

SHOWN, PICTURES = 10, 9


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    add_classifier_arguments(parser)
    group = parser.add_argument_group("dictionary")
    group.add_argument(
        "--features", type=whole_number(SHOWN), default=256, metavar="N", help="(default: 256)"
    )
    group.add_argument(
        "--k",
        type=whole_number(1),
        default=6,
        metavar="N",
        help="how many fire for an input, in the mean (default: 6)",
    )
    add_training_arguments(parser, epochs=20, output_dir="runs/explain_features")
    parser.set_defaults(batch=256)  # The strongest features of a batch fire: it is to be large.
    return parser.parse_args()


def prepare_classifier(folder, images, labels, classes):
    """The classifier: trained, or that of the run which is resumed."""
    path = folder.path / "classifier.keras"
    if folder.resume and path.exists():
        return keras.saving.load_model(path)
    print("Training the classifier.", flush=True)
    classifier = train_classifier(images, labels, classes)
    with write_aside(path) as aside:
        classifier.save(aside)
    return classifier


def rows_of(classifier, layer, images):
    """The activations of a layer, one row for each position."""
    return np.concatenate(list(datasets.activations(classifier, layer, images)))


def train_dictionary(arguments, rows, validation_rows, folder):
    """The dictionary of the activations."""
    model = genae.BatchTopKSAE(
        rows.shape[1:], latent_dim=arguments.features, k=arguments.k, seed=arguments.seed
    )
    model.compile(optimizer=default_optimizer(model, arguments.learning_rate))
    folder.require_space(model)
    checkpoint = Checkpoint(folder.checkpoint)
    print(f"Training the dictionary of {len(rows):,} rows.", flush=True)
    model.fit(
        rows,
        batch_size=arguments.batch,
        initial_epoch=checkpoint.restore(model),
        epochs=arguments.epochs,
        validation_data=(validation_rows,),
        validation_batch_size=1024,
        callbacks=[checkpoint],
        verbose=fit_verbose(),
    )
    return model


def class_shares(z, labels, classes):
    """How a feature's activation is shared out among classes, `(features, classes)`.

    Each class counts the same, however many inputs it has.

    Args:
        z: of each input and feature, `(n, features)`.
        labels: `(n,)`.
        classes: how many.
    """
    is_of = np.eye(classes)[labels]
    means = z.T @ is_of / np.maximum(is_of.sum(axis=0), 1.0)
    return means / np.maximum(means.sum(axis=1, keepdims=True), 1e-12)


def describe(features, z, shares, names):
    """A dict for each feature: how often it fires, and for which classes."""
    return [
        {
            "feature": int(feature),
            "fires_for": float(np.mean(z[:, feature] > 0)),
            "classes": {
                names[c]: round(float(shares[feature, c]), 3)
                for c in np.argsort(-shares[feature])[:3]
            },
        }
        for feature in features
    ]


def main():
    """Load, train both, measure, draw."""
    arguments = parse_arguments()
    keras.utils.set_random_seed(arguments.seed)
    data = load_classified(arguments)
    split = Split.of(data.images, arguments.seed)
    settings = settings_of(arguments, Faces(data.images, data.source), split.data_crc32)
    with RunFolder(arguments.output_dir, settings, arguments.resume) as folder:
        images, unseen = split.divide(data.images)
        labels, unseen_labels = split.divide(data.labels)
        classifier = prepare_classifier(folder, images, labels, len(data.names))
        layer, unseen_rows = arguments.layer, rows_of(classifier, arguments.layer, unseen)
        rows = rows_of(classifier, layer, images)
        model = train_dictionary(arguments, rows, unseen_rows, folder)

        print("Measuring, and drawing the figure.", flush=True)
        measured = model.evaluate(unseen_rows, batch_size=1024, verbose=0, return_dict=True)
        shape = datasets.map_shape(classifier, layer)
        # Of each input what fires it most, wherever in a map that is.
        z = model.encode(unseen_rows, batch_size=1024)
        z = z.reshape(len(unseen), -1, model.latent_dim)
        carried, z = np.square(z).mean(axis=(0, 1)), z.max(axis=1)
        shares = class_shares(z, unseen_labels, len(data.names))
        features = np.argsort(-carried, kind="stable")[:SHOWN]
        described = describe(features, z, shares, data.names)
        replaced = model.reconstruct(unseen_rows, batch_size=1024)
        metrics = {
            "data": (data.source, ""),
            "layer": (layer, f"of {rows.shape[1]} units, map {shape}" if shape else ""),
            "rows": (len(rows), "activations to learn from"),
            "l0": (measured["l0"], f"of {model.latent_dim} features fire, mean of unseen rows"),
            "explained_variance": (measured["explained_variance"], "share, unseen rows"),
            "dead_share": (measured["dead_share"], "share of features, at the end of training"),
            "accuracy": (
                accuracy_with(classifier, layer, unseen_rows, unseen_labels),
                "share of unseen images",
            ),
            "accuracy_replaced": (
                accuracy_with(classifier, layer, replaced, unseen_labels),
                "the same, reconstructions in place of the layer's activations",
            ),
            "features": (described, "feature, share of images that fire it, share of classes"),
        }
        folder.save_metrics(metrics)
        folder.save_model(model)
        top = [max(one["classes"].items(), key=lambda item: item[1]) for one in described]
        folder.save_figure(
            "features",
            visualization.plot_features(
                unseen,
                model.explain(features, unseen_rows, PICTURES, shape),
                [f"{name} {share:.0%}" for name, share in top],
                f"Ten features of a classifier's layer, and what fires them. {data.source}",
            ),
        )
    print_metrics(metrics)
    for one in described:
        classes = ", ".join(f"{name} {share:.0%}" for name, share in one["classes"].items())
        print(f"feature {one['feature']:>5}  fires for {one['fires_for']:6.1%}  {classes}")
    print(f"\nBoth models, metrics.json and the figure are in {arguments.output_dir}/")


if __name__ == "__main__":
    run_script(main)
