"""A small latent diffusion model: an autoencoder to maps, and a flow over its codes, by class.

    python examples/latent_diffusion.py --dataset drawn            # 20 minutes on two cores
    python examples/latent_diffusion.py --data-dir a.zip --labels b.csv --attribute "gender: Male"
    python examples/latent_diffusion.py --model runs/latent_diffusion/model.keras --guidance 1 3

On a GPU the same with more of everything, here of CelebA, and of its smiles:

    python examples/latent_diffusion.py --data-dir img_align_celeba.zip \\
        --labels list_attr_celeba.txt --attribute Smiling --widths 128 256 --epochs 20 \\
        --discriminator-widths 64 128 --adversary-start 20000 \\
        --prior-widths 128 256 256 --prior-epochs 300 --samples 5000

The first stage, a `KLAutoencoder`, says how things look; the second, a U-Net trained by flow
matching on the codes of the first, says what goes where. With a class for each image it draws by
class, with more guidance what is more typical of it. It leaves a folder with the model and its
density, the distances from real faces, and figures of reconstructions and samples.
"""

import pathlib
import time

import numpy as np

import keras_genae as genae
from keras_genae.arguments import number, whole_number
from keras_genae.cli.arguments import add_face_arguments, add_training_arguments, script_parser
from keras_genae.cli.faces import load_faces
from keras_genae.cli.training_run import add_model_argument, training_run
from keras_genae.cli.vae import add_vae_arguments, compiled_model
from keras_genae.evaluation import reconstruction_mse
from keras_genae.evaluation.generation import (
    LEAST_EXAMPLES,
    QUESTIONS,
    generation_quality,
    generation_table,
)
from keras_genae.script import run_script
from keras_genae.visualization import plot_reconstructions
from keras_genae.visualization.plot_prior_samples import plot_prior_samples

PICTURED = 10
# Of drawn faces, unless another attribute is named.
OF_DRAWN = "glasses"
MOST_CLASSES = 12


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    add_face_arguments(parser)
    group = parser.add_argument_group("classes")
    group.add_argument(
        "--labels", type=pathlib.Path, metavar="PATH", help="a table of the images' attributes"
    )
    group.add_argument(
        "--attribute",
        metavar="NAME",
        help="whose values are the classes, twelve at most (default: of drawn faces "
        f"{OF_DRAWN}, of others none)",
    )
    group.add_argument(
        "--guidance",
        type=number(smallest=0),
        nargs="+",
        default=[0.0, 1.0, 2.0, 4.0],
        metavar="W",
        help="how much the class counts; 0 not at all, 1 as it came (default: 0 1 2 4)",
    )
    group = parser.add_argument_group("flow over the codes")
    group.add_argument("--prior-epochs", type=whole_number(1), default=20, metavar="N")
    group.add_argument(
        "--prior-widths",
        type=whole_number(1),
        nargs="+",
        metavar="N",
        default=[48, 96],
        help="filters of each stage of the U-Net, which halves the maps between them (default: "
        "48 96)",
    )
    group.add_argument(
        "--samples",
        type=whole_number(PICTURED),
        default=400,
        metavar="N",
        help="how many to measure each guidance by (default: 400)",
    )
    add_model_argument(parser)
    add_vae_arguments(parser)
    group = parser.add_argument_group("autoencoder to maps")
    group.add_argument(
        "--factor",
        type=whole_number(2),
        metavar="N",
        help="what height and width are divided by (default: 2 for each of --widths)",
    )
    group.add_argument(
        "--adversary-start",
        type=whole_number(0),
        default=700,
        metavar="N",
        help="training steps before the discriminator is heard (default: 700)",
    )
    group.add_argument(
        "--discriminator-widths",
        type=whole_number(1),
        nargs="+",
        default=[32, 64],
        metavar="N",
        help="filters of each stage of the discriminator (default: 32 64)",
    )
    add_training_arguments(parser, epochs=6, output_dir="runs/latent_diffusion")
    # Of a map, entries at each place; codes need not be normal, only bounded.
    parser.set_defaults(latent_dim=4, beta=1e-4, widths=[32, 64, 128])
    return parser.parse_args()


def build(arguments):
    """The first stage, compiled."""
    return compiled_model(
        genae.KLAutoencoder,
        arguments,
        beta=arguments.beta,
        factor=arguments.factor,
        adversary_start=arguments.adversary_start,
        discriminator_widths=arguments.discriminator_widths,
    )


def load(arguments):
    """Faces, and of their labels the attribute that the classes are the values of."""
    faces = load_faces(arguments, arguments.labels)
    known, name = faces.labels, arguments.attribute
    if name is None and OF_DRAWN in known and arguments.data_dir is None:
        name = OF_DRAWN
    if name is None:
        faces.labels = {}
        return faces
    if name not in known:
        raise ValueError(
            f"There are no labels of this attribute. Known are: {', '.join(known) or 'none'}. "
            f"Received: --attribute {name}"
        )
    values = np.unique(known[name])
    if not 2 <= len(values) <= MOST_CLASSES:
        raise ValueError(
            f"Classes are the values of an attribute, from 2 to {MOST_CLASSES} of them. "
            f"Received: --attribute {name}, of {len(values)} values"
        )
    faces.labels = {name: known[name]}
    return faces


def as_classes(labels):
    """The class of each image, "glasses 1"; `None` where there are none."""
    for name, values in labels.items():
        return np.array([f"{name} {value:g}" for value in values])
    return None


def measure_autoencoder(run):
    """How well the first stage reconstructs, and how far its reconstructions are from real ones."""
    error = reconstruction_mse(run.model, run.validation)
    unit = "squared grey levels, 0 to 1, mean over pixels and channels"
    run.metrics["validation_mse"] = (error, unit)
    run.metrics["validation_psnr"] = (float(-10 * np.log10(error)), "dB, of the mean squared error")

    def reconstructions():
        images = run.validation[:PICTURED]
        title = f"Reconstructions of {run.faces}: {run.source}"
        return plot_reconstructions(images, run.model.reconstruct(images), title)

    run.save_figure("reconstructions", reconstructions, run.validation)


def distance(run, name, images):
    """The Fréchet distance of images from real ones, as text; all distances go into the metrics."""
    if min(len(run.validation), len(images)) < LEAST_EXAMPLES:
        return ""
    quality = generation_quality(run.validation, images)
    print(f"\n{name}: {generation_table(quality)}", flush=True)
    for measure, question in QUESTIONS.items():
        margin = f"± {quality[f'{measure}_margin']:.2g}: {question}"
        run.metrics[f"{measure}_{name}"] = (quality[measure], margin)
        floor = (quality[f"floor_{measure}"], "between two halves of the real images")
        run.metrics[f"floor_{measure}"] = floor
    return f": {quality['frechet_distance']:.3g}"


def fit_flow(run, classes):
    """The second stage: a flow over the codes of the training images."""
    arguments = run.arguments
    options = {"epochs": arguments.prior_epochs, "seed": arguments.seed, "labels": classes}
    if len(run.model.latent_shape) == 3:  # Of another model's vectors there is no U-Net.
        options["widths"] = arguments.prior_widths
    print(f"Fitting a flow to the codes, {arguments.prior_epochs} epochs at most.", flush=True)
    started = time.perf_counter()
    run.model.fit_prior(run.training, "flow_matching", **options)
    seconds = round(time.perf_counter() - started, 1)
    run.metrics["prior_time"] = (seconds, "seconds for the flow over the codes")
    run.metrics["prior_parameters"] = (run.model.fitted_prior.count_params(), "numbers")


def draw_samples(run, classes):
    """Samples by guidance, measured and pictured; those of each class in rows of their own."""
    model, arguments = run.model, run.arguments
    # The pictures are the same faces again, of the same noise, but for the guidance.
    guidances = [{}] if classes is None else [{"guidance": w} for w in arguments.guidance]
    rows = {"real faces": run.validation[:PICTURED]}
    for options in guidances:
        images = model.sample(arguments.samples, seed=arguments.seed, **options)
        name = f"guidance {options['guidance']:g}" if options else "samples"
        rows[name + distance(run, name.replace(" ", "_"), images)] = images[:PICTURED]
    decoded = model.reconstruct(run.training[: arguments.samples])
    rows["decoded" + distance(run, "reconstructions", decoded)] = decoded[:PICTURED]
    title = f"Samples, with their Fréchet distance: {run.source}"
    run.folder.save_figure("samples", plot_prior_samples(fitting(rows), title))
    if classes is None:
        return
    of_classes = {
        f"{label}, {options['guidance']:g}": model.sample(
            PICTURED, seed=arguments.seed, label=label, **options
        )
        for label in np.unique(classes)
        for options in guidances
    }
    title = f"Samples by class and guidance: {run.source}"
    run.folder.save_figure("classes", plot_prior_samples(of_classes, title))


def fitting(rows):
    """Rows of pictures, all as long as the shortest."""
    shown = min(map(len, rows.values()))
    return {name: images[:shown] for name, images in rows.items()}


def main():
    """Load, train both stages, measure, draw."""
    with training_run(parse_arguments(), build, load) as run:
        measure_autoencoder(run)
        if len(run.training) < 2:
            print("Without a flow over the codes: it takes 2 training images.")
            return
        classes = as_classes(run.training_labels)
        if classes is not None and len(np.unique(classes)) < 2:
            print("Without classes: the training images are all of one.")
            classes = None
        fit_flow(run, classes)
        draw_samples(run, classes)


if __name__ == "__main__":
    run_script(main)
