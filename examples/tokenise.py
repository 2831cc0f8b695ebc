"""Faces as a few whole numbers each, and new ones written number by number, of a class or any.

    python examples/tokenise.py                                    # CelebA if prepared, else drawn
    python examples/tokenise.py --dataset drawn --classes glasses beard bald
    python examples/tokenise.py --data-dir my_photos.zip           # without classes
    python examples/tokenise.py --data-dir train.zip --labels labels.csv --classes gender
    python examples/tokenise.py --model runs/tokenise/model.keras --prior-epochs 60

A tokeniser (finite scalar quantisation) makes a map of indices of each face; a transformer learns
which index comes after which, and so draws new maps, which the tokeniser decodes. It leaves a
folder with both in one model, how much of the codes is in use, how well each index is foretold
beside what frequencies alone tell, the distances of the samples from real faces, and figures.
"""

import math
import pathlib

import numpy as np

import keras_genae as genae
from keras_genae.cli.arguments import (
    add_face_arguments,
    add_training_arguments,
    dtype_policy,
    number,
    script_parser,
    whole_number,
)
from keras_genae.cli.faces import load_faces
from keras_genae.cli.labels import kinds_of
from keras_genae.cli.training_run import add_model_argument, training_run
from keras_genae.evaluation.generation import (
    LEAST_EXAMPLES,
    QUESTIONS,
    generation_quality,
    generation_table,
)
from keras_genae.script import run_script
from keras_genae.training import default_optimizer
from keras_genae.training.codebook_use import CodebookUse
from keras_genae.visualization import plot_prior_samples, plot_reconstructions, plot_samples

# Of drawn faces, unless others are asked for.
CLASSES = ("glasses", "beard")
FITTED, PICTURED, SAMPLED, MOST_ROWS = 50_000, 10, 64, 8


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    add_face_arguments(parser)
    group = parser.add_argument_group("classes")
    group.add_argument(
        "--labels", type=pathlib.Path, metavar="PATH", help="a table of the images' attributes"
    )
    group.add_argument(
        "--classes",
        nargs="+",
        metavar="NAME",
        help="attributes; which of them a face has is its class (default: of drawn faces "
        f"{' '.join(CLASSES)}, of others none)",
    )
    group = parser.add_argument_group("tokeniser")
    group.add_argument(
        "--levels",
        type=whole_number(2),
        nargs="+",
        default=[8, 5, 5, 5],
        metavar="N",
        help="of each entry of a code; their product is how many codes there are "
        "(default: 8 5 5 5)",
    )
    group.add_argument(
        "--widths",
        type=whole_number(1),
        nargs="+",
        metavar="N",
        help="filters of each stage, which halves the map (default: those of the network)",
    )
    add_model_argument(group)
    group = parser.add_argument_group("prior")
    group.add_argument("--prior-epochs", type=whole_number(1), default=15, metavar="N")
    group.add_argument(
        "--prior-width", type=whole_number(4), default=128, metavar="N", help="a multiple of 4"
    )
    group.add_argument("--prior-depth", type=whole_number(1), default=3, metavar="N")
    group.add_argument(
        "--temperature", type=number(smallest=0), default=1.0, help="of samples (default: 1)"
    )
    group.add_argument(
        "--top-k",
        type=whole_number(1),
        metavar="N",
        help="draw each index from so many of the likeliest (default: all)",
    )
    add_training_arguments(parser, epochs=12, output_dir="runs/tokenise")
    return parser.parse_args()


def build_tokeniser(arguments):
    """The tokeniser, compiled."""
    model = genae.FSQVAE(
        (arguments.image_size, arguments.image_size, 3),
        levels=arguments.levels,
        widths=arguments.widths,
        seed=arguments.seed,
        dtype=dtype_policy(arguments),
    )
    model.compile(optimizer=default_optimizer(model, arguments.learning_rate))
    return model


def load(arguments):
    """Faces, of their labels those alone that make classes."""
    faces = load_faces(arguments, arguments.labels)
    names = arguments.classes
    if names is None:
        names = CLASSES if set(CLASSES) <= set(faces.labels) else ()
    unknown = [name for name in names if name not in faces.labels]
    if unknown or (arguments.labels is not None and not names):
        known = ", ".join(faces.labels) or "none"
        raise ValueError(
            f"--classes must be of the attributes that are known: {known}. "
            f"Received: --classes {' '.join(names)}"
        )
    faces.labels = {name: faces.labels[name] for name in names}
    return faces


def measure_codes(model, codes):
    """How much of the codebook is in use, and how evenly: name → (value, unit)."""
    use = CodebookUse(model.codebook_size, model.quantiser.CODEBOOKS)
    use.update_state(model.quantiser.each_codebook(codes), np.ones(len(codes), "float32"))
    result = {name: float(value) for name, value in use.result().items()}
    places = math.prod(codes.shape[1:])
    return {
        "codes": (places, f"indices of a face, each one of {model.codebook_size:,}"),
        "bits_per_face": (places * math.log2(model.codebook_size), "bits"),
        "codebook_usage": (result["codebook_usage"], "share of codes that come, training faces"),
        "perplexity": (result["perplexity"], "evenly used codes that would say as much"),
    }


def main():
    """Load, train the tokeniser, fit the prior, sample, measure, draw."""
    arguments = parse_arguments()
    with training_run(arguments, build_tokeniser, load) as run:
        model = run.model
        if not hasattr(model, "codebook_size") or isinstance(model.latent_shape, list):
            raise ValueError(
                "--model must make a map of indices, such as an FSQVAE or a VQVAE. "
                f"Received: --model {arguments.model}, a {type(model).__name__}"
            )
        training = run.training[:FITTED]
        run.metrics |= measure_codes(model, model.encode(training))
        shown = run.validation[:PICTURED]
        title = f"{run.faces.capitalize()} as {math.prod(model.latent_shape)} indices each"
        run.save_figure(
            "reconstructions",
            lambda: plot_reconstructions(shown, model.reconstruct(shown), f"{title}: {run.source}"),
            shown,
        )

        label, names = None, []
        if run.training_labels:
            label, names = kinds_of(
                {name: values[:FITTED] for name, values in run.training_labels.items()}
            )
            label = np.array(names)[label] if len(names) > 1 else None
        print(f"Fitting the transformer to the indices of {len(training):,} faces.", flush=True)
        model.fit_prior(
            training,
            labels=label,
            seed=arguments.seed,
            epochs=arguments.prior_epochs,
            width=arguments.prior_width,
            depth=arguments.prior_depth,
            verbose=1,
        )
        prior = model.fitted_prior
        run.metrics |= {
            "nats_per_code": (prior.nats_per_code, "nats, indices held out from the fit"),
            "unigram_nats_per_code": (
                prior.unigram_nats_per_code,
                "the same by how often each index comes",
            ),
        }
        options = {"temperature": arguments.temperature, "top_k": arguments.top_k}
        measure_samples(run, options)
        draw_samples(run, options, names if label is not None else [])


def measure_samples(run, options):
    """The distances of samples from real faces, where there are enough of these."""
    if len(run.validation) < LEAST_EXAMPLES:
        print(f"Without distances: they take {LEAST_EXAMPLES} validation images.")
        return
    images = run.model.sample(len(run.validation), seed=run.arguments.seed, **options)
    quality = generation_quality(run.validation, images)
    print(f"\nSamples: {generation_table(quality)}", flush=True)
    run.metrics |= {
        name: (
            quality[name],
            f"± {quality[f'{name}_margin']:.2g}, between two halves of the real images "
            f"{quality[f'floor_{name}']:.2g}: {question}",
        )
        for name, question in QUESTIONS.items()
    }


def draw_samples(run, options, names):
    """A grid of samples, and where there are classes a row of each."""
    sample, seed = run.model.sample, run.arguments.seed
    images = sample(SAMPLED, seed=seed, **options)
    title = f"Faces drawn index by index: {run.source}"
    run.folder.save_figure("samples", plot_samples(images, title))
    if names:
        rows = {
            name: sample(PICTURED, seed=seed, label=name, **options) for name in names[:MOST_ROWS]
        }
        title = f"Faces drawn index by index, of a class: {run.source}"
        run.folder.save_figure("samples_of_classes", plot_prior_samples(rows, title))


if __name__ == "__main__":
    run_script(main)
