"""Five sparse dictionaries of a classifier's layer: features that fire against error.

    python benchmarks/sparse_frontier.py --idx fashion_mnist/
    python benchmarks/sparse_frontier.py --images 4000 --epochs 5      # drawn faces, a quick look

Each is trained to fire as many features as were asked for, by `k` or by `TargetL0`, on the
activations of one layer of a small classifier, divided by their standard deviation, and measured on
those of images that neither has seen: the mean number of features that fire, the share of variance
that is not explained, the share of dead features, and the classifier's accuracy with
reconstructions in place of its activations; beside them the CPU seconds of training. It leaves a
table and a figure.
"""

import json
import pathlib
import time

import keras
import numpy as np

import keras_genae as genae
from keras_genae import datasets
from keras_genae.arguments import number
from keras_genae.cli.arguments import script_parser, whole_number
from keras_genae.cli.classifier import (
    accuracy_with,
    add_classifier_arguments,
    load_classified,
    train_classifier,
)
from keras_genae.files import write_aside
from keras_genae.training import TargetL0, default_optimizer
from keras_genae.visualization.plot_sparsity_frontier import plot_sparsity_frontier

BATCH = 256
# How many features are to fire.
ASKED = (2, 4, 8, 16, 30)
MODELS = ("TopKSAE", "BatchTopKSAE", "MatryoshkaSAE", "JumpReLUSAE", "GatedSAE")
# Those that are not told by `k`; the penalty rises from where features cost almost nothing.
PENALISED = ("JumpReLUSAE", "GatedSAE")
CHEAP, GAIN = 0.01, 0.7
HEADER = ("model", "asked", "L0", "not explained", "dead", "accuracy", "CPU s")


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    add_classifier_arguments(parser)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS, metavar="NAME")
    parser.add_argument("--l0", nargs="+", type=whole_number(1), default=ASKED, metavar="N")
    parser.add_argument("--features", type=whole_number(16), default=256, metavar="N")
    parser.add_argument("--epochs", type=whole_number(1), default=20, metavar="N")
    parser.add_argument("--learning-rate", type=number(above=0), default=3e-3, metavar="RATE")
    parser.add_argument("--seed", type=whole_number(0), default=0, metavar="N")
    parser.add_argument(
        "--output-dir", type=pathlib.Path, default=pathlib.Path("runs/sparse_frontier")
    )
    return parser.parse_args()


def measure(name, asked, rows, unseen_rows, accuracy, arguments):
    """Train one dictionary: a dict of what was measured."""
    keras.utils.set_random_seed(arguments.seed)
    started = time.process_time()
    setting, callbacks = {"k": asked}, []
    if name in PENALISED:
        setting, callbacks = {"penalty_weight": CHEAP}, [TargetL0(asked, GAIN)]
    model = getattr(genae, name)(
        rows.shape[1:], latent_dim=arguments.features, seed=arguments.seed, **setting
    )
    model.compile(default_optimizer(model, arguments.learning_rate), steps_per_execution=8)
    model.fit(rows, batch_size=BATCH, epochs=arguments.epochs, verbose=0, callbacks=callbacks)
    seconds = time.process_time() - started
    measured = model.evaluate(unseen_rows, batch_size=1024, verbose=0, return_dict=True)
    return {
        "model": name,
        "asked": asked,
        "l0": measured["l0"],
        "not_explained": 1.0 - measured["explained_variance"],
        "dead_share": measured["dead_share"],
        "accuracy": accuracy(model.reconstruct(unseen_rows, batch_size=1024)),
        "cpu_seconds": round(seconds, 1),
    }


def print_row(row):
    """A line of the table, in Markdown."""
    texts = [
        *(row["model"], f"{row['asked']}", f"{row['l0']:.2f}", f"{row['not_explained']:.4f}"),
        *(f"{row['dead_share']:.3f}", f"{row['accuracy']:.4f}", f"{row['cpu_seconds']:.0f}"),
    ]
    print(f"| {' | '.join(texts)} |", flush=True)


def main():
    """Train the classifier, then each dictionary; print, draw."""
    arguments = parse_arguments()
    keras.utils.set_random_seed(arguments.seed)
    data = load_classified(arguments)
    images, unseen = datasets.split_images(data.images, 0.1, arguments.seed)
    labels, unseen_labels = datasets.split_images(data.labels, 0.1, arguments.seed)
    classifier = train_classifier(images, labels, len(data.names))
    rows, unseen_rows = (
        np.concatenate(list(datasets.activations(classifier, arguments.layer, part)))
        for part in (images, unseen)
    )
    deviation = np.sqrt(rows.var(axis=0).mean())

    def accuracy(values):
        return accuracy_with(classifier, arguments.layer, deviation * values, unseen_labels)

    print(f"{data.source}: {len(rows):,} rows of {rows.shape[1]} units, layer {arguments.layer}.")
    print(f"The classifier's own accuracy: {accuracy(unseen_rows / deviation):.4f}")
    print(f"| {' | '.join(HEADER)} |\n|{'---|' * len(HEADER)}")
    scaled, results = (rows / deviation, unseen_rows / deviation), []
    for name in arguments.models:
        for asked in arguments.l0:
            results.append(measure(name, asked, *scaled, accuracy, arguments))
            print_row(results[-1])
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    with write_aside(arguments.output_dir / "report.json") as aside:
        aside.write_text(json.dumps({"data": data.source, "rows": results}, indent=2) + "\n")
    frontiers = {
        name: [(row["l0"], row["not_explained"]) for row in results if row["model"] == name]
        for name in arguments.models
    }
    figure = plot_sparsity_frontier(
        frontiers, f"Dictionaries of a classifier's layer: {data.source}"
    )
    with write_aside(arguments.output_dir / "sparse_frontier.png") as aside:
        figure.savefig(aside, dpi=150)


if __name__ == "__main__":
    main()
