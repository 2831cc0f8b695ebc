"""Test log-likelihood of a VAE on static binarised MNIST, beside the published number.

    python benchmarks/static_mnist.py --data DIR/binarized_mnist_larochelle.npz
    python benchmarks/static_mnist.py --data ... --epochs 5          # a quick look

The data are Larochelle's 50,000 / 10,000 / 10,000 binary images, packed by `np.packbits` under the
names train, valid and test. The model is one hidden layer of 400 units on each side and 40 latents,
trained by Adam with a learning rate that falls to zero by a cosine; the epoch with the best
validation loss is kept. A stopped run goes on where it was.

Published for such a model: −89.9 nats over 200 importance samples (pythae's table of reproductions;
its own run: −89.78).
"""

import json
import os
import pathlib
import time

import keras
import numpy as np

import keras_genae as genae
from keras_genae.cli.arguments import script_parser
from keras_genae.evaluation.likelihood import elbo, log_likelihood
from keras_genae.files import write_aside
from keras_genae.training import Checkpoint

PUBLISHED = -89.9
BATCH = 100
LEARNING_RATE = 2e-3


def load(path):
    """Name of a split → float32 `(n, 784)` of zeros and ones."""
    with np.load(path, allow_pickle=False) as file:
        return {split: np.unpackbits(file[split], axis=1).astype("float32") for split in file.files}


def train(model, splits, epochs, folder):
    """Train, or go on: the seconds this took, and the history of all epochs."""
    steps = len(splits["train"]) // BATCH
    schedule = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, epochs * steps)
    model.compile(optimizer=keras.optimizers.Adam(schedule), steps_per_execution=20)
    checkpoint = Checkpoint(folder / "checkpoint")
    best = keras.callbacks.ModelCheckpoint(folder / "best.keras", save_best_only=True)
    started = time.perf_counter()
    first = checkpoint.restore(model)
    if first:
        best.best = min(checkpoint.history["val_loss"])
    model.fit(
        splits["train"],
        batch_size=BATCH,
        initial_epoch=first,
        epochs=epochs,
        validation_data=(splits["valid"],),
        validation_batch_size=1000,
        callbacks=[best, checkpoint],
        verbose=2,
    )
    return time.perf_counter() - started, checkpoint.history


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    data = pathlib.Path(os.environ.get("KERAS_GENAE_DATA", "data"))
    data = data / "binarized_mnist_larochelle.npz"
    parser.add_argument("--data", type=pathlib.Path, default=data)
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output-dir", type=pathlib.Path, default=pathlib.Path("runs/mnist_nll"))
    return parser.parse_args()


def main():
    """Train, measure, report."""
    arguments = parse_arguments()
    keras.utils.set_random_seed(arguments.seed)
    splits = load(arguments.data)
    model = genae.VAE(
        (784,), latent_dim=40, widths=(400,), likelihood="bernoulli", seed=arguments.seed
    )
    seconds, history = train(model, splits, arguments.epochs, arguments.output_dir)
    model = keras.saving.load_model(arguments.output_dir / "best.keras")
    test = splits["test"]
    started = time.perf_counter()
    nats = log_likelihood(model, test, num_samples=arguments.samples)
    measuring = time.perf_counter() - started
    report = {
        "log_likelihood": float(nats.mean()),
        "standard_error": float(nats.std() / np.sqrt(len(nats))),
        "samples": arguments.samples,
        "elbo": float(elbo(model, test, num_samples=10).mean()),
        "published": PUBLISHED,
        "best_epoch": int(np.argmin(history["val_loss"])) + 1,
        "epochs": arguments.epochs,
        "seconds_of_training": round(seconds, 1),
        "seconds_of_measuring": round(measuring, 1),
    }
    with write_aside(arguments.output_dir / "report.json") as aside:
        aside.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
