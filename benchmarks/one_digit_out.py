"""One digit of MNIST left out: does the model find it odd?

    python benchmarks/one_digit_out.py
    python benchmarks/one_digit_out.py --images 20000 --epochs 8 --latent-dims 32 --digits 1 7 9

For each digit a dense VAE is trained on the training images of the other nine; on the test set, the
tenth is the anomaly. The likelihood is a Gaussian with σ = 1/√2, as in Tonnaer's thesis, whose
numbers are printed below ours. Scores:

- `elbo`: the negative ELBO, what the thesis reports;
- `error`; `error/complexity`, what `AnomalyDetector` takes by default; `density` of the codes; and
  `combined`, the last two by their ranks;
- `zlib`, `energy`, `pca`: baselines without a network.

Below .5 a score is upside down: a simple digit, such as 1, is easier to reconstruct than all that
the model was trained on. Results go into a JSON file after each model; what is there already is not
run again.
"""

import math
import os
import pathlib
import time

import keras
import numpy as np
from results_file import ResultsFile

import keras_genae as genae
from keras_genae import datasets
from keras_genae.anomaly import (
    AnomalyDetector,
    auroc,
    compressed_size,
    energy,
    negative_elbo,
    pca_error,
    reconstruction_error,
)
from keras_genae.cli.arguments import script_parser, whole_number

DATA = pathlib.Path(os.environ.get("KERAS_GENAE_DATA", "data"))
# Latent variables → AUROC of the ELBO for the digits 0–9.
PUBLISHED = {
    2: (0.96, 0.73, 0.97, 0.94, 0.73, 0.92, 0.95, 0.77, 0.92, 0.66),
    32: (0.81, 0.09, 0.92, 0.87, 0.78, 0.86, 0.87, 0.51, 0.89, 0.58),
}
COMPONENTS = {"normalized_error": "error/complexity", "latent_density": "density"}


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    parser.add_argument(
        "--data",
        type=pathlib.Path,
        default=DATA / "mnist",
        metavar="FOLDER",
        help="MNIST's idx files (default: mnist in KERAS_GENAE_DATA)",
    )
    parser.add_argument(
        "--latent-dims", type=whole_number(1), nargs="+", default=[2, 32], metavar="N"
    )
    parser.add_argument(
        "--digits", type=whole_number(0), nargs="+", default=list(range(10)), metavar="DIGIT"
    )
    parser.add_argument(
        "--images", type=whole_number(100), metavar="N", help="train on so many (default: all)"
    )
    parser.add_argument("--epochs", type=whole_number(1), default=20, metavar="N")
    parser.add_argument("--seed", type=whole_number(0), default=0, metavar="N")
    parser.add_argument(
        "--output-dir", type=pathlib.Path, default=pathlib.Path("runs/one_digit_out")
    )
    return parser.parse_args()


def run(training, test, is_anomaly, latent_dim, arguments):
    """Score's name → AUROC, of one digit left out."""
    keras.utils.set_random_seed(arguments.seed)
    model = genae.VAE(
        (28, 28, 1),
        latent_dim=latent_dim,
        network="mlp",
        likelihood="gaussian",
        scale=math.sqrt(0.5),
        seed=arguments.seed,
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    # A twentieth to calibrate with: the rest learns.
    detector = AnomalyDetector(model, "combined", calibration=0.05, verbose=0, seed=arguments.seed)
    detector.fit(training, epochs=arguments.epochs)
    scores = {
        "elbo": negative_elbo(model, test, num_samples=10, verbose=0),
        "error": reconstruction_error(model, test, verbose=0),
        **{COMPONENTS[name]: s for name, s in detector.component_scores(test).items()},
        "combined": detector.anomaly_score(test),
        "zlib": compressed_size(test),
        "energy": energy(test),
        "pca": pca_error(training[:20_000], test, components=latent_dim),
    }
    return {name: auroc(values, is_anomaly) for name, values in scores.items()}


def print_table(results, latent_dim, digits):
    """A row for each score, a column for each digit."""
    rows = {digit: results.get(f"z={latent_dim} digit={digit}") for digit in digits}
    if not all(rows.values()):
        return
    print(f"\nAUROC, {latent_dim} latent variables")
    print(f"{'digit left out':20}" + "".join(f"{digit:6}" for digit in digits) + "   mean")
    table = {name: [row[name] for row in rows.values()] for name in next(iter(rows.values()))}
    if latent_dim in PUBLISHED:
        table["elbo (Tonnaer)"] = [PUBLISHED[latent_dim][digit] for digit in digits]
    for name, values in table.items():
        print(f"{name:20}" + "".join(f"{v:6.2f}" for v in values) + f"{np.mean(values):7.3f}")


def main():
    """Run what is missing, and print."""
    arguments = parse_arguments()
    if max(arguments.digits) > 9:
        raise SystemExit(f"error: digits go from 0 to 9. Received: {arguments.digits}")
    images, labels = datasets.load_idx_folder(arguments.data, "train")
    test, test_labels = datasets.load_idx_folder(arguments.data, "test")
    settings = {key: getattr(arguments, key) for key in ("images", "epochs", "seed")}
    results = ResultsFile(arguments.output_dir / "one_digit_out.json", settings)
    for latent_dim in arguments.latent_dims:
        for digit in arguments.digits:
            key = f"z={latent_dim} digit={digit}"
            if key in results.auroc:
                continue
            started = time.perf_counter()
            training = images[labels != digit][: arguments.images]
            results.auroc[key] = run(training, test, test_labels == digit, latent_dim, arguments)
            results.seconds[key] = round(time.perf_counter() - started, 1)
            results.save()
            numbers = ", ".join(f"{k} {v:.3f}" for k, v in results.auroc[key].items())
            print(f"{key}: {numbers}  ({results.seconds[key]:.0f} s)", flush=True)
        print_table(results.auroc, latent_dim, arguments.digits)


if __name__ == "__main__":
    main()
