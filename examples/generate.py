"""Faces that nobody has: samples of a VAE from N(0, I), and from densities fitted to its codes.

    python examples/generate.py                                   # CelebA if prepared, else drawn
    python examples/generate.py --data-dir my_photos.zip
    python examples/generate.py --plain                           # an autoencoder without N(0, I)
    python examples/generate.py --model runs/celeba_vae/model.keras --priors gmm flow

A VAE's codes have the mean, the spread and the directions of N(0, I), but not its shape. A density
fitted to them after training, such as a mixture or a flow, gives better samples from the same
model. It leaves a folder with the model and its best density, the distances from real faces, and a
figure of the samples.
"""

import numpy as np

from keras_genae.cli.arguments import (
    add_face_arguments,
    add_training_arguments,
    script_parser,
    whole_number,
)
from keras_genae.cli.training_run import add_model_argument, training_run
from keras_genae.cli.vae import add_vae_arguments, build_plain, build_vae
from keras_genae.evaluation.generation import (
    LEAST_EXAMPLES,
    QUESTIONS,
    generation_quality,
    generation_table,
)
from keras_genae.evaluation.requirements import is_variational
from keras_genae.priors import PRIORS
from keras_genae.script import run_script
from keras_genae.visualization.plot_prior_samples import plot_prior_samples

STANDARD = "N(0, I)"
FITTED = 10_000
PICTURED = 10


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    add_face_arguments(parser)
    group = parser.add_argument_group("samples")
    group.add_argument(
        "--priors",
        nargs="+",
        choices=PRIORS,
        default=["gaussian", "gmm"],
        help="densities to fit to the codes (default: gaussian gmm)",
    )
    group.add_argument(
        "--samples",
        type=whole_number(PICTURED),
        metavar="N",
        help="how many to measure each by (default: as many as there are validation images)",
    )
    group.add_argument(
        "--plain",
        action="store_true",
        help="train a plain autoencoder, which has no N(0, I) to sample from, in place of the VAE",
    )
    add_model_argument(parser)
    add_vae_arguments(parser)
    add_training_arguments(parser, epochs=8, output_dir="runs/generate")
    return parser.parse_args()


def sample(run, prior, count):
    """Samples of the model, `(count, height, width, 3)`, from one of its densities."""
    model = run.model
    if prior == STANDARD:
        z = np.random.default_rng(run.arguments.seed).standard_normal((count, model.latent_dim))
        return model.decode(z.astype("float32"))
    return model.fit_prior(run.training[:FITTED], prior).sample(count, seed=run.arguments.seed)


def main():
    """Load, train, sample, measure, draw."""
    arguments = parse_arguments()
    with training_run(arguments, build_plain if arguments.plain else build_vae) as run:
        count = arguments.samples or len(run.validation)
        is_measured = min(len(run.validation), count) >= LEAST_EXAMPLES
        if not is_measured:
            print(f"Without distances: they take {LEAST_EXAMPLES} validation images and samples.")
        priors = arguments.priors if len(run.training) > 1 else []
        if not priors:
            print("Without fitted priors: they take 2 training images.")
        pictured, distances, quality = {}, {}, {}
        for prior in (*([STANDARD] if is_variational(run.model) else []), *priors):
            images = sample(run, prior, count)
            label = prior
            if is_measured:
                quality = generation_quality(run.validation, images)
                print(f"\nSamples by {prior}: {generation_table(quality)}", flush=True)
                distances[prior] = quality["frechet_distance"]
                label = f"{prior}: {distances[prior]:.3g}"
                run.metrics |= {
                    f"{name}_{prior}": (
                        quality[name],
                        f"± {quality[f'{name}_margin']:.2g}: {question}",
                    )
                    for name, question in QUESTIONS.items()
                }
            pictured[label] = images
        if is_measured:
            run.metrics |= {
                f"floor_{name}": (quality[f"floor_{name}"], "between two halves of the real images")
                for name in QUESTIONS
            }
        draw_figure(run, pictured, is_measured)
        if distances and priors:
            best = min(priors, key=distances.get)
            if best != priors[-1]:
                sample(run, best, 1)  # The model keeps the density that was fitted last.
            run.metrics["best_fitted_prior"] = (best, "saved with the model")


def draw_figure(run, pictured, is_measured):
    """Real images over samples of each prior."""
    rows = {"real faces": run.validation, **pictured}
    shown = min(PICTURED, *map(len, rows.values()))
    title = "Samples by prior, with their Fréchet distance" if is_measured else "Samples by prior"
    rows = {label: images[:shown] for label, images in rows.items()}
    run.folder.save_figure("samples", plot_prior_samples(rows, f"{title}: {run.source}"))


if __name__ == "__main__":
    run_script(main)
