"""Find what does not belong: learn normal images, then flag others and show where they are odd.

    python examples/anomaly.py                            # drawn faces; glasses and beards are odd
    python examples/anomaly.py --idx mnist/ --epochs 5    # MNIST's original files; the 1 is odd
    python examples/anomaly.py --idx mnist/ --epochs 5 --leave-out 7

It leaves a folder with the detector, its numbers beside baselines that know no model, and figures:
how the scores lie, and the oddest images.
"""

import dataclasses
import pathlib

import keras
import numpy as np

import keras_genae as genae
from keras_genae import datasets
from keras_genae.anomaly import (
    AnomalyDetector,
    compressed_size,
    detection_report,
    energy,
    negative_elbo,
    pca_error,
    reconstruction_error,
    report_table,
)
from keras_genae.cli.arguments import (
    add_training_arguments,
    dtype_policy,
    script_parser,
    whole_number,
)
from keras_genae.cli.faces import Faces
from keras_genae.cli.settings import settings_of
from keras_genae.progress import fit_verbose
from keras_genae.run_folder import RunFolder
from keras_genae.script import print_metrics, run_script
from keras_genae.training import Checkpoint, default_optimizer
from keras_genae.visualization.plot_anomalies import plot_anomalies, plot_anomaly_scores

DRAWN_IMAGES, DRAWN_SIZE = 8000, 32


@dataclasses.dataclass
class AnomalyData:
    """Normal images to learn from, and images of both kinds to test with.

    Attributes:
        normal: uint8 `(n, height, width, channels)`.
        test: uint8 `(m, height, width, channels)`.
        classes: of the test images, texts `(m,)`; "normal" for those that are.
        source: in words.
    """

    normal: np.ndarray
    test: np.ndarray
    classes: np.ndarray
    source: str


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    group = parser.add_argument_group("data")
    group.add_argument(
        "--idx",
        type=pathlib.Path,
        metavar="FOLDER",
        help="a folder with MNIST's or Fashion-MNIST's four idx files, .gz or not",
    )
    group.add_argument(
        "--leave-out",
        type=whole_number(0),
        metavar="LABEL",
        help="the class that is not trained on, with --idx (default: 1)",
    )
    group.add_argument(
        "--images",
        type=whole_number(500),  # Of fewer, several models would be trained: no run to resume.
        metavar="N",
        help=f"draw so many faces ({DRAWN_IMAGES}), or use the first N of the files (default: all)",
    )
    group = parser.add_argument_group("model")
    group.add_argument("--latent-dim", type=whole_number(1), default=32, metavar="N")
    group.add_argument(
        "--widths", type=whole_number(1), nargs="+", default=[32, 64, 128], metavar="N"
    )
    group.add_argument(
        "--alpha",
        type=float,
        default=0.05,
        help="the share of normal images that may be flagged (default: 0.05)",
    )
    add_training_arguments(parser, epochs=30, output_dir="runs/anomaly")
    return parser.parse_args()


def load(arguments):
    """`AnomalyData` as the command line asks for it."""
    if arguments.idx is None:
        if arguments.leave_out is not None:
            raise ValueError("--leave-out names a class of the files; give their folder by --idx.")
        return draw_faces(arguments.images or DRAWN_IMAGES, arguments.seed)
    odd = 1 if arguments.leave_out is None else arguments.leave_out
    images, labels = datasets.load_idx_folder(arguments.idx, "train")
    test, test_labels = datasets.load_idx_folder(arguments.idx, "test")
    if odd not in labels:
        raise ValueError(
            f"--leave-out must be one of {sorted({*labels.tolist()})}. Received: {odd}"
        )
    classes = np.where(test_labels == odd, f"class {odd}", "normal")
    source = f"{arguments.idx.name} without class {odd}"
    return AnomalyData(images[labels != odd][: arguments.images], test, classes, source)


def draw_faces(count, seed):
    """Faces without glasses and beard are normal; the others, and a fifth of these, to test."""
    print(f"Drawing {count:,} faces.", flush=True)
    images, factors = datasets.draw_faces(count, DRAWN_SIZE, seed=seed, verbose=1)
    marks = {"glasses": factors["glasses"] > 0, "beard": factors["beard"] > 0.3}
    odd = marks["glasses"] | (factors["beard"] > 0)
    classes = np.where(marks["glasses"], np.where(marks["beard"], "both", "glasses"), "beard")
    normal = images[~odd]
    held_out = len(normal) // 5
    shown = marks["glasses"] | marks["beard"]  # A hint of stubble is neither the one nor the other.
    return AnomalyData(
        normal=normal[held_out:],
        test=np.concatenate([normal[:held_out], images[shown]]),
        classes=np.append(np.full(held_out, "normal"), classes[shown]),
        source="drawn faces without glasses and beard",
    )


def build_model(arguments, input_shape):
    """The VAE, compiled."""
    model = genae.ConvVAE(
        input_shape=input_shape,
        latent_dim=arguments.latent_dim,
        widths=arguments.widths,
        seed=arguments.seed,
        dtype=dtype_policy(arguments),
    )
    model.compile(optimizer=default_optimizer(model, arguments.learning_rate))
    return model


def score(detector, data):
    """Name → scores of the test images: ours, plain ones of the same model, and baselines."""
    model, test = detector.model_, data.test
    return {
        "detector": detector.anomaly_score(test),
        "elbo": negative_elbo(model, test),
        "error": reconstruction_error(model, test),
        "pca": pca_error(data.normal, test, components=model.latent_dim),
        "zlib": compressed_size(test),
        "energy": energy(test),
    }


def main():
    """Load, train and calibrate, measure, draw."""
    arguments = parse_arguments()
    keras.utils.set_random_seed(arguments.seed)
    data = load(arguments)
    model = build_model(arguments, data.normal.shape[1:])
    detector = AnomalyDetector(
        model, alpha=arguments.alpha, batch_size=arguments.batch, seed=arguments.seed
    )
    settings = settings_of(arguments, Faces(data.normal, data.source))
    with RunFolder(arguments.output_dir, settings, arguments.resume) as folder:
        folder.require_space(model)
        checkpoint = Checkpoint(folder.checkpoint)
        detector.fit(
            data.normal,
            epochs=arguments.epochs,
            initial_epoch=checkpoint.restore(model),
            callbacks=[checkpoint],
            verbose=fit_verbose(),
        )
        detector.save(arguments.output_dir / "detector")
        print("Measuring, and drawing the figures.", flush=True)
        scores, is_anomaly = score(detector, data), data.classes != "normal"
        report = detection_report(scores, is_anomaly, data.classes)
        flagged = detector.conformal_.is_anomaly(scores["detector"], arguments.alpha)
        metrics = {
            "data": (data.source, ""),
            "normal_images": (len(data.normal), "images, a fifth of them to calibrate with"),
            "test_images": (len(data.test), f"images, {is_anomaly.sum():,} of them anomalies"),
            "false_alarms": (
                float(flagged[~is_anomaly].mean()),
                f"share of normal images flagged; {arguments.alpha:g} were allowed",
            ),
            "found": (float(flagged[is_anomaly].mean()), "share of anomalies flagged"),
            "detection": (report, "class, score: AUROC, average precision, FPR at 95 % TPR"),
        }
        folder.save_metrics(metrics)
        draw_figures(detector, data, scores["detector"], is_anomaly, folder)
    print_metrics(metrics)
    print(f"\n{report_table(report)}")
    print(f"\nThe detector, metrics.json and the figures are in {arguments.output_dir}/")


def draw_figures(detector, data, scores, is_anomaly, folder):
    """How the scores lie, and the oddest images."""
    folder.save_figure(
        "scores",
        plot_anomaly_scores(
            scores[~is_anomaly],
            scores[is_anomaly],
            detector.conformal_.threshold(detector.alpha),
            f"Trained on {data.source}",
        ),
    )
    oddest = np.argsort(-scores, kind="stable")[:10]
    images = data.test[oddest]
    folder.save_figure(
        "oddest",
        plot_anomalies(
            images,
            detector.model_.reconstruct(images),
            detector.heat_map(images),
            scores[oddest],
            f"The oddest of {len(scores):,} test images. Trained on {data.source}",
        ),
    )


if __name__ == "__main__":
    run_script(main)
