"""What the adversary of a KL autoencoder gains in realism, and what it costs in pixels.

    python benchmarks/patch_adversary.py --data-dir fairface64/train.zip --epochs 10
    python benchmarks/patch_adversary.py --dataset drawn --images 2000 --image-size 32 --epochs 6

The same network with the same seeds and batches, without the adversary and with it, which starts
after half of the steps (`--start`): until then both are one and the same. Of held-out images: the
PSNR and SSIM of their reconstructions, and how far these are from the images themselves as a
distribution, in patches, in features, and for a classifier; 0 where all come back as they were. It
leaves a table and a figure.
"""

import json
import pathlib
import time

import keras
import numpy as np

import keras_genae as genae
from keras_genae import datasets
from keras_genae.arguments import number, whole_number
from keras_genae.cli.arguments import add_face_arguments, script_parser
from keras_genae.cli.faces import load_faces
from keras_genae.evaluation import (
    PixelFeatures,
    classifier_separation,
    frechet_distance,
    patch_distance,
    reconstruction_quality,
)
from keras_genae.files import write_aside
from keras_genae.script import run_script
from keras_genae.training import default_optimizer
from keras_genae.training.recipe import BATCH, LEARNING_RATE
from keras_genae.visualization import plot_reconstructions

HELD_OUT = 0.1
HEADER = ("adversary", "PSNR", "SSIM", "patches", "Fréchet", "separation", "λ", "seconds")


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    add_face_arguments(parser)
    group = parser.add_argument_group("training")
    group.add_argument("--epochs", type=whole_number(1), default=10, metavar="N")
    group.add_argument("--batch", type=whole_number(1), default=BATCH, metavar="N")
    group.add_argument(
        "--learning-rate", type=number(above=0), default=LEARNING_RATE, metavar="RATE"
    )
    group.add_argument("--seed", type=whole_number(0), default=0, metavar="N")
    group.add_argument(
        "--output-dir", type=pathlib.Path, default=pathlib.Path("runs/patch_adversary")
    )
    group = parser.add_argument_group("model")
    group.add_argument("--factor", type=whole_number(2), default=4, metavar="N")
    group.add_argument("--channels", type=whole_number(1), default=4, metavar="N")
    group.add_argument("--widths", type=whole_number(1), nargs="+", metavar="N")
    group.add_argument("--discriminator", type=whole_number(1), nargs="+", metavar="N")
    group.add_argument(
        "--weights",
        type=number(smallest=0),
        nargs="+",
        default=[0.0, 0.05, 0.1, 0.2],
        metavar="WEIGHT",
        help="of the adversary, a row of the table each (default: 0 0.05 0.1 0.2)",
    )
    group.add_argument(
        "--start",
        type=number(smallest=0),
        default=0.5,
        metavar="SHARE",
        help="of the steps, after which the adversary starts (default: 0.5)",
    )
    group.add_argument("--feature-weight", type=number(smallest=0), default=1.0, metavar="WEIGHT")
    return parser.parse_args()


def measure(weight, images, held_out, arguments):
    """Train one model: a dict of what was measured, and its reconstructions."""
    keras.utils.set_random_seed(arguments.seed)
    steps = arguments.epochs * -(-len(images) // arguments.batch)
    sizes = {"discriminator_widths": arguments.discriminator} if arguments.discriminator else {}
    model = genae.KLAutoencoder(
        images.shape[1:],
        latent_dim=arguments.channels,
        factor=arguments.factor,
        widths=arguments.widths,
        feature_weight=arguments.feature_weight,
        adversary_weight=weight,
        adversary_start=round(arguments.start * steps),
        seed=arguments.seed,
        **sizes,
    )
    model.compile(default_optimizer(model, arguments.learning_rate))
    started = time.process_time()
    history = model.fit(
        images, batch_size=arguments.batch, epochs=arguments.epochs, verbose=2
    ).history
    seconds = time.process_time() - started
    made = model.reconstruct(held_out)
    features = PixelFeatures(held_out)
    pair = features(held_out / np.float32(255.0)), features(made)
    quality = reconstruction_quality(model, held_out)
    return {
        "adversary_weight": weight,
        "psnr": quality["psnr"],
        "ssim": quality["ssim"],
        "patch_distance": patch_distance(held_out, made),
        "frechet_distance": frechet_distance(*pair),
        "classifier_separation": classifier_separation(*pair),
        "adaptive_weight": history.get("adaptive_weight", [0.0])[-1],
        "cpu_seconds": round(seconds, 1),
    }, made


def print_row(row):
    """A line of the table, in Markdown."""
    texts = [
        *(f"{row['adversary_weight']:g}", f"{row['psnr']:.2f}", f"{row['ssim']:.4f}"),
        *(f"{row['patch_distance']:.5f}", f"{row['frechet_distance']:.4f}"),
        *(f"{row['classifier_separation']:.3f}", f"{row['adaptive_weight']:.3g}"),
        f"{row['cpu_seconds']:.0f}",
    ]
    print(f"| {' | '.join(texts)} |", flush=True)


def main():
    """Train each model; print, draw."""
    arguments = parse_arguments()
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    faces = load_faces(arguments)
    images, held_out = (
        np.asarray(part) for part in datasets.split_images(faces.images, HELD_OUT, arguments.seed)
    )
    print(f"{faces.source}: {len(images):,} to learn from, {len(held_out):,} held out.")
    rows, made = [], {}
    for weight in arguments.weights:
        row, made[weight] = measure(weight, images, held_out, arguments)
        rows.append(row)
    print(f"| {' | '.join(HEADER)} |\n|{'---|' * len(HEADER)}")
    for row in rows:
        print_row(row)
    with write_aside(arguments.output_dir / "report.json") as aside:
        aside.write_text(json.dumps({"data": faces.source, "rows": rows}, indent=2) + "\n")
    for weight, images in made.items():
        figure = plot_reconstructions(held_out, images, f"Adversary of weight {weight:g}")
        with write_aside(arguments.output_dir / f"adversary_{weight:g}.png") as aside:
            figure.savefig(aside, dpi=150)


if __name__ == "__main__":
    run_script(main, resumable=False)
