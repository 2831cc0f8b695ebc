"""`AnomalyDetector` on ADBench's tabular sets, beside what scikit-learn and PyOD bring.

    python benchmarks/tabular_anomalies.py
    python benchmarks/tabular_anomalies.py --seeds 5 --rows 10000
    python benchmarks/tabular_anomalies.py --transductive --output runs/transductive.json

ADBench's unsupervised protocol: 70 % of the rows, anomalies among them and labels unseen, are
trained on; the AUROC is that of the other 30 %. `--transductive`: all rows are standardised,
trained on, and scored. Split and cap on the rows are stratified, and the same for all methods. All
with their defaults:

- `detector`: `AnomalyDetector()`, its own dense VAE;
- `isolation_forest`, `knn` (the distance to the fifth neighbour) and `pca` (the error after half of
  the features' principal components), the last two on standardised features: scikit-learn;
- `pyod_ae`, `pyod_vae`: PyOD's `AutoEncoder` and `VAE`, where it is installed.

Results go into a JSON file after each fit; what is there already is not run again.
"""

import importlib.util
import os
import pathlib
import time

import keras
import numpy as np
from results_file import ResultsFile
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.model_selection import train_test_split
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from keras_genae.anomaly import AnomalyDetector, auroc
from keras_genae.cli.arguments import script_parser, whole_number

DATA = pathlib.Path(os.environ.get("KERAS_GENAE_DATA", "data"))


def detector(training, test, seed):
    """This package."""
    keras.utils.set_random_seed(seed)
    return AnomalyDetector(seed=seed, verbose=0).fit(training).anomaly_score(test)


def isolation_forest(training, test, seed):
    """scikit-learn's forest."""
    return -IsolationForest(random_state=seed).fit(training).score_samples(test)


def knn(training, test, seed):
    """The distance to the fifth neighbour, oneself not counted."""
    neighbours = NearestNeighbors(n_neighbors=5).fit(standardised(training, training))
    rows = None if test is training else standardised(training, test)
    return neighbours.kneighbors(rows)[0][:, -1]


def pca(training, test, seed):
    """The reconstruction error of a linear autoencoder."""
    training, test = standardised(training, training), standardised(training, test)
    linear = PCA(max(1, training.shape[1] // 2), random_state=seed).fit(training)
    return np.sum(np.square(test - linear.inverse_transform(linear.transform(test))), axis=1)


def standardised(training, rows):
    """`rows` in units of the training rows."""
    return StandardScaler().fit(training).transform(rows)


def pyod_ae(training, test, seed):
    """PyOD's autoencoder."""
    from pyod.models.auto_encoder import AutoEncoder

    return AutoEncoder(random_state=seed, verbose=0).fit(training).decision_function(test)


def pyod_vae(training, test, seed):
    """PyOD's VAE."""
    from pyod.models.vae import VAE

    return VAE(random_state=seed, verbose=0).fit(training).decision_function(test)


METHODS = {f.__name__: f for f in (detector, isolation_forest, knn, pca, pyod_ae, pyod_vae)}


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    parser.add_argument(
        "--data",
        type=pathlib.Path,
        default=DATA / "adbench",
        metavar="FOLDER",
        help="the .npz files of ADBench (default: adbench in KERAS_GENAE_DATA)",
    )
    parser.add_argument("--sets", nargs="+", metavar="NAME", help="such as 6_cardio (default: all)")
    parser.add_argument("--methods", nargs="+", choices=METHODS, metavar="NAME")
    parser.add_argument("--seeds", type=whole_number(1), default=3, metavar="N")
    parser.add_argument(
        "--rows", type=whole_number(50), default=10_000, metavar="N", help="of a set, at most"
    )
    parser.add_argument(
        "--transductive",
        action="store_true",
        help="train on all rows, standardised, and score them",
    )
    parser.add_argument(
        "--output",
        type=pathlib.Path,
        default=pathlib.Path("runs/tabular_anomalies.json"),
        metavar="FILE",
    )
    return parser.parse_args()


def load_set(path, rows, seed, transductive):
    """Training rows, test rows, and which of the latter are anomalies."""
    with np.load(path) as arrays:
        x, y = arrays["X"], arrays["y"].astype(bool)
    if len(x) > rows:
        x, _, y, _ = train_test_split(x, y, train_size=rows, stratify=y, random_state=seed)
    if transductive:
        x = standardised(x, x)
        return x, x, y
    training, test, _, is_anomaly = train_test_split(
        x, y, test_size=0.3, stratify=y, random_state=seed
    )
    return training, test, is_anomaly


def print_table(results, methods):
    """The mean AUROC of each set and method, and over all sets."""
    print(f"\n{'AUROC':16}" + "".join(f"{name:>18}" for name in methods))
    means = {
        name: [np.mean(list(row.get(name, {}).values()) or np.nan) for name in methods]
        for name, row in results.items()
    }
    for name, row in [*means.items(), ("mean", np.mean(list(means.values()), axis=0))]:
        print(f"{name:16}" + "".join(f"{value:18.3f}" for value in row))


def main():
    """Run what is missing, and print."""
    arguments = parse_arguments()
    paths = sorted(arguments.data.glob("*.npz"), key=lambda path: path.stat().st_size)
    paths = [path for path in paths if not arguments.sets or path.stem in arguments.sets]
    if not paths:
        raise SystemExit(f"error: no such .npz file in {arguments.data}")
    methods = arguments.methods or [
        name for name in METHODS if not name.startswith("pyod") or importlib.util.find_spec("pyod")
    ]
    results = ResultsFile(
        arguments.output, {"rows": arguments.rows, "transductive": arguments.transductive}
    )
    for path in paths:
        for seed in range(arguments.seeds):
            training, test, is_anomaly = load_set(
                path, arguments.rows, seed, arguments.transductive
            )
            for method in methods:
                done = results.auroc.setdefault(path.stem, {}).setdefault(method, {})
                if str(seed) in done:
                    continue
                started = time.perf_counter()
                done[str(seed)] = auroc(METHODS[method](training, test, seed), is_anomaly)
                times = results.seconds.setdefault(path.stem, {}).setdefault(method, {})
                times[str(seed)] = round(time.perf_counter() - started, 2)
                results.save()
                print(f"{path.stem} {method} seed {seed}: {done[str(seed)]:.3f}", flush=True)
    print_table({path.stem: results.auroc[path.stem] for path in paths}, methods)


if __name__ == "__main__":
    main()
