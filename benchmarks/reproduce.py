"""Papers' numbers, and ours beside them: the rows of `docs/reproductions.md`.

    python benchmarks/reproduce.py                                    # names the rows
    python benchmarks/reproduce.py vae_static_mnist
    python benchmarks/reproduce.py iwae_static_mnist --epochs 1       # a quick look

A row prints itself as a line of Markdown: what, the paper's number, ours, our set-up and where it
is not the paper's, seeds, minutes, and the command. Likelihoods and `disentangling` go on where
they were stopped.
"""

import os
import pathlib
import sys
import time

import keras
from reproductions import (
    classes,
    deep_mnist,
    drawn_faces,
    dynamic_mnist,
    sources,
    static_mnist,
)

from keras_genae.cli.arguments import script_parser, whole_number

ROWS = {
    row.__name__: row
    for row in (
        static_mnist.vae_static_mnist,
        static_mnist.iwae_static_mnist,
        static_mnist.vamp_static_mnist,
        static_mnist.planar_static_mnist,
        dynamic_mnist.sphere_2,
        dynamic_mnist.sphere_5,
        deep_mnist.deep_dynamic_mnist,
        deep_mnist.deep_static_mnist,
        drawn_faces.disentangling,
        classes.m2_100_labels,
        classes.vade_clusters,
        sources.ivae_sources,
    )
}


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    parser.add_argument("row", nargs="?", choices=ROWS)
    parser.add_argument("--epochs", type=whole_number(1), help="instead of those of the row")
    parser.add_argument("--seed", type=whole_number(0), default=0)
    data = pathlib.Path(os.environ.get("KERAS_GENAE_DATA", "data"))
    parser.add_argument("--data", type=pathlib.Path, default=data, help="or KERAS_GENAE_DATA")
    parser.add_argument("--output-dir", type=pathlib.Path, default=pathlib.Path("runs/reproduce"))
    return parser.parse_args()


def main():
    """Run a row and print it."""
    arguments = parse_arguments()
    if arguments.row is None:
        for name, row in ROWS.items():
            print(f"{name}: {row.__doc__}")
        return
    keras.utils.set_random_seed(arguments.seed)
    started = time.perf_counter()
    rows = ROWS[arguments.row](arguments)
    minutes = (time.perf_counter() - started) / 60
    command = " ".join(["python benchmarks/reproduce.py", *sys.argv[1:]])
    for row in rows:
        print(row.markdown(minutes / len(rows), command))


if __name__ == "__main__":
    main()
