"""Features for a classifier: a masked autoencoder beside a plain one and principal components.

    python benchmarks/masked_probe.py --idx mnist/
    python benchmarks/masked_probe.py --idx fashion_mnist/ --images 6000 --epochs 5  # a quick look

Each learns from the same images for the same epochs, without their labels, and gives as many
features of an image; `linear_probe` fits a linear classifier to those of the first images, and is
judged on the test set. The plain autoencoder has convolutions that cost about as much. It leaves a
table, and a picture of test images whose middle the masked autoencoder filled in.
"""

import json
import pathlib
import time

import keras
import numpy as np

import keras_genae as genae
from keras_genae import datasets
from keras_genae.cli.arguments import script_parser, whole_number
from keras_genae.evaluation import linear_probe, pca_codes
from keras_genae.files import write_aside
from keras_genae.training.recipe import BATCH
from keras_genae.visualization import plot_inpainting

MODELS = {"MaskedAE": {}, "ConvAE": {"widths": (32, 64)}}
HEADER = ("features of", "linear probe", "CPU seconds")
SHOWN = 10


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    parser.add_argument("--idx", type=pathlib.Path, required=True, metavar="FOLDER")
    parser.add_argument("--images", type=whole_number(100), default=20_000, metavar="N")
    parser.add_argument("--labelled", type=whole_number(100), default=6_000, metavar="N")
    parser.add_argument("--features", type=whole_number(1), default=64, metavar="N")
    parser.add_argument("--epochs", type=whole_number(1), default=10, metavar="N")
    parser.add_argument("--batch", type=whole_number(1), default=BATCH, metavar="N")
    parser.add_argument("--seed", type=whole_number(0), default=0, metavar="N")
    parser.add_argument(
        "--output-dir", type=pathlib.Path, default=pathlib.Path("runs/masked_probe")
    )
    return parser.parse_args()


def trained(name, images, arguments):
    """A model of the zoo, trained by the default recipe."""
    keras.utils.set_random_seed(arguments.seed)
    sizes = {"latent_dim": arguments.features, **MODELS[name]}
    model = getattr(genae, name)(images.shape[1:], seed=arguments.seed, **sizes)
    model.compile(steps_per_execution=8)
    model.fit(images, batch_size=arguments.batch, epochs=arguments.epochs, verbose=0)
    return model


def hole_in_the_middle(height, width):
    """Which pixels of an image are missing: a box of half its sides."""
    hole = np.zeros((height, width), bool)
    hole[height // 4 : -(height // 4), width // 4 : -(width // 4)] = True
    return hole


def main():
    """Train each, probe, print, draw."""
    arguments = parse_arguments()
    images, labels = datasets.load_idx_folder(arguments.idx, "train")
    images = images[: arguments.images]
    labelled = images[: arguments.labelled], labels[: min(arguments.labelled, len(images))]
    unseen, unseen_labels = datasets.load_idx_folder(arguments.idx, "test")
    print(
        f"{arguments.idx.name}: {len(images):,} images, {arguments.epochs} epochs, "
        f"{len(labelled[0]):,} labels, {arguments.features} features"
    )
    print(f"| {' | '.join(HEADER)} |\n|{'---|' * len(HEADER)}")
    rows, models = [], {}
    for name in ("PCA", *MODELS):
        started = time.process_time()
        if name == "PCA":
            sets = [pca_codes(images, x, arguments.features) for x in (labelled[0], unseen)]
        else:
            model = models[name] = trained(name, images, arguments)
            vectors = getattr(model, "feature_vectors", model.encode)
            sets = [vectors(x, verbose=0) for x in (labelled[0], unseen)]
        row = {
            "model": name,
            "cpu_seconds": round(time.process_time() - started),
            "linear_probe": linear_probe(sets[0], labelled[1], sets[1], unseen_labels),
        }
        print(f"| {name} | {row['linear_probe']:.4f} | {row['cpu_seconds']} |", flush=True)
        rows.append(row)
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    with write_aside(arguments.output_dir / "report.json") as aside:
        aside.write_text(json.dumps({"data": arguments.idx.name, "rows": rows}, indent=2) + "\n")
    hole, shown = hole_in_the_middle(*images.shape[1:3]), unseen[:SHOWN]
    filled = models["MaskedAE"].reconstruct(shown, mask=hole)
    figure = plot_inpainting(shown, hole, filled, f"Filled by MaskedAE: {arguments.idx.name}")
    with write_aside(arguments.output_dir / "inpainting.png") as aside:
        figure.savefig(aside, dpi=150)


if __name__ == "__main__":
    main()
