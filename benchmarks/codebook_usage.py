"""A thousand codes on drawn faces: which tokenisers use them, and what for.

    python benchmarks/codebook_usage.py
    python benchmarks/codebook_usage.py --kinds FSQ VQ --images 2000 --epochs 2  # a quick look

Each kind is trained on the same faces with the same networks, whose code is a map of a quarter of
the height and width. Measured on held-out faces: the share of codes that came at all; the
perplexity, how many evenly used ones would say as much; the squared error. There are many more
places than codes, so that a code which is alive does come. Of the residual tokeniser means over its
codebooks, and the error of faces decoded from the first levels of its codes alone.

It leaves a table and `report.json`.
"""

import json
import pathlib
import time

import keras
import numpy as np
from keras import ops

import keras_genae as genae
from keras_genae import datasets
from keras_genae.arguments import number, whole_number
from keras_genae.batches import in_batches
from keras_genae.cli.arguments import script_parser
from keras_genae.evaluation import reconstruction_mse
from keras_genae.files import write_aside
from keras_genae.training import default_optimizer

CODES, ENTRIES, DEPTH = 1000, 16, 4
VQ = {"codebook_size": CODES, "latent_dim": ENTRIES}
# Kind → class and arguments.
KINDS = {
    "FSQ": (genae.FSQVAE, {"levels": (8, 5, 5, 5)}),
    "VQ": (genae.VQVAE, VQ),
    "VQ without restarts": (genae.VQVAE, {**VQ, "restarts": False}),
    "SimVQ": (genae.SimVQVAE, VQ),
    "residual VQ": (genae.ResidualVQVAE, {**VQ, "depth": DEPTH}),
}
HEADER = ("kind", "usage", "perplexity", "MSE", "steps", "CPU s", "MSE of the first levels")


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--images", type=whole_number(100), default=8000, metavar="N")
    parser.add_argument("--held-out", type=whole_number(1), default=2000, metavar="N")
    parser.add_argument("--image-size", type=whole_number(8), default=32, metavar="PIXELS")
    parser.add_argument("--widths", nargs=2, type=whole_number(1), default=[16, 32], metavar="N")
    parser.add_argument("--epochs", type=whole_number(1), default=8, metavar="N")
    parser.add_argument("--batch", type=whole_number(1), default=64, metavar="N")
    parser.add_argument("--learning-rate", type=number(above=0), default=4e-3, metavar="RATE")
    parser.add_argument("--seed", type=whole_number(0), default=0, metavar="N")
    parser.add_argument(
        "--output-dir", type=pathlib.Path, default=pathlib.Path("runs/codebook_usage")
    )
    return parser.parse_args()


def measure(kind, images, held_out, arguments):
    """Train one tokeniser: a dict of what was measured."""
    model_class, settings = KINDS[kind]
    keras.utils.set_random_seed(arguments.seed)
    model = model_class(images.shape[1:], widths=arguments.widths, seed=arguments.seed, **settings)
    model.compile(default_optimizer(model, arguments.learning_rate), steps_per_execution=5)
    started = time.process_time()
    model.fit(images, batch_size=arguments.batch, epochs=arguments.epochs, verbose=0)
    seconds = time.process_time() - started
    indices = model.encode(held_out, verbose=0)
    used = [usage(codes, model.codebook_size) for codes in model.quantiser.each_codebook(indices)]
    return {
        "kind": kind,
        "usage": float(np.mean([share for share, _ in used])),
        "perplexity": float(np.mean([perplexity for _, perplexity in used])),
        "mse": float(reconstruction_mse(model, held_out, verbose=0)),
        "steps": int(ops.convert_to_numpy(model.optimizer.iterations)),
        "cpu_seconds": round(seconds, 1),
        "mse_of_levels": [
            mse_of_levels(model, indices[..., :levels], held_out)
            for levels in range(1, settings.get("depth", 0) + 1)
        ],
    }


def usage(indices, size):
    """The share of codes that come, and the perplexity."""
    counts = np.bincount(indices.ravel(), minlength=size)
    p = counts[counts > 0] / counts.sum()
    return np.mean(counts > 0), np.exp(-np.sum(p * np.log(p)))


def mse_of_levels(model, indices, images):
    """The squared error of images decoded from the first levels of their codes."""

    def decode(part):
        return model.likelihood(model.raw(model.quantiser.codes_of(part))).mean

    decoded = in_batches(decode, indices, verbose=0)
    return float(np.mean(np.square(decoded - images / np.float32(255))))


def print_row(row):
    """A line of the table, in Markdown."""
    texts = [
        *(row["kind"], f"{row['usage']:.1%}", f"{row['perplexity']:.0f}", f"{row['mse']:.5f}"),
        *(f"{row['steps']:,}", f"{row['cpu_seconds']:.0f}"),
        ", ".join(f"{mse:.5f}" for mse in row["mse_of_levels"]),
    ]
    print(f"| {' | '.join(texts)} |", flush=True)


def main():
    """Draw the faces, then train each kind; print."""
    arguments = parse_arguments()
    drawn, size = arguments.images + arguments.held_out, arguments.image_size
    faces, _ = datasets.draw_faces(drawn, size, seed=arguments.seed)
    images, held_out = faces[: arguments.images], faces[arguments.images :]
    places = len(held_out) * (size // 4) ** 2
    print(f"{len(images):,} drawn faces of {size}×{size}; {places:,} places held out.")
    print(f"| {' | '.join(HEADER)} |\n|{'---|' * len(HEADER)}")
    results = []
    for kind in arguments.kinds:
        results.append(measure(kind, images, held_out, arguments))
        print_row(results[-1])
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    report = {"places": places, "rows": results}
    with write_aside(arguments.output_dir / "report.json") as aside:
        aside.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
