"""Papers' numbers, and ours beside them: one function a row.

    python benchmarks/reproduce.py                                    # names the rows
    python benchmarks/reproduce.py iwae_static_mnist
    python benchmarks/reproduce.py iwae_static_mnist --epochs 1       # a quick look

A row prints itself as a line of Markdown: what, the paper's number, ours, our set-up and where it
is not the paper's, seed, minutes, and the command. A stopped run goes on where it was.
"""

import dataclasses
import os
import pathlib
import sys
import time

import keras
import numpy as np
from static_mnist import BATCH, load, train

import keras_genae as genae
from keras_genae.cli.arguments import script_parser
from keras_genae.evaluation.likelihood import log_likelihood

DATA = pathlib.Path(os.environ.get("KERAS_GENAE_DATA", "data"))


@dataclasses.dataclass
class Row:
    """A number of a paper and ours.

    Attributes:
        what: model, data and measure, with its unit.
        paper: the number, and where it stands.
        ours: the number, with its standard error over the test examples.
        setup: ours, and where it is not the paper's.
    """

    what: str
    paper: str
    ours: str
    setup: str

    def markdown(self, seed, minutes):
        """The line of a table."""
        command = " ".join(["python benchmarks/reproduce.py", *sys.argv[1:]])
        parts = self.what, self.paper, self.ours, self.setup, seed, f"{minutes:.1f}"
        return f"| {' | '.join(map(str, parts))} | `{command}` |"


def iwae_static_mnist(arguments):
    """IWAE with 5 draws: test log-likelihood on static binarised MNIST."""
    epochs = arguments.epochs or 300
    splits = load(DATA / "binarized_mnist_larochelle.npz")
    model = genae.IWAE(
        (784,),
        latent_dim=50,
        samples=5,
        widths=(200, 200),
        likelihood="bernoulli",
        seed=arguments.seed,
    )
    folder = arguments.output_dir / "iwae_static_mnist"
    train(model, splits, epochs, folder)
    model = keras.saving.load_model(folder / "best.keras")
    nats = log_likelihood(model, splits["test"], num_samples=arguments.samples)
    error = nats.std() / np.sqrt(len(nats))
    return Row(
        what="IWAE, k = 5, static binarised MNIST: −log p(x), nats",
        # Written down from memory: whoever enters the row in a table looks it up first.
        paper="87.63 to be checked (Burda et al. 2016, appendix: fixed binarisation, one layer)",
        ours=f"{-nats.mean():.2f} ± {error:.2f}",
        setup=f"two hidden layers of 200, 50 latents, the paper's sizes; Adam, cosine, batches of "
        f"{BATCH} (20), {epochs} epochs (3280), the best by validation; "
        f"{arguments.samples} importance samples (5000)",
    )


ROWS = {row.__name__: row for row in (iwae_static_mnist,)}


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    parser.add_argument("row", nargs="?", choices=ROWS)
    parser.add_argument("--epochs", type=int, help="instead of those of the row")
    parser.add_argument("--samples", type=int, default=1000, help="importance samples")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output-dir", type=pathlib.Path, default=pathlib.Path("runs/reproduce"))
    return parser.parse_args()


def main():
    """Run one row and print it."""
    arguments = parse_arguments()
    if arguments.row is None:
        for name, row in ROWS.items():
            print(f"{name}: {row.__doc__}")
        return
    keras.utils.set_random_seed(arguments.seed)
    started = time.perf_counter()
    row = ROWS[arguments.row](arguments)
    print(row.markdown(arguments.seed, (time.perf_counter() - started) / 60))


if __name__ == "__main__":
    main()
