"""A map of the data: train a VAE with two latent variables, and look at its latent space.

    python examples/latent_map.py                          # drawn faces
    python examples/latent_map.py --idx mnist/             # MNIST or Fashion-MNIST, original files
    python examples/latent_map.py --tfds fashion_mnist     # the same through TensorFlow Datasets

It leaves a folder with the model and the map: where each image lies, and what lies everywhere else.
"""

import pathlib

import keras_genae as genae
from keras_genae import datasets, visualization
from keras_genae.cli.arguments import (
    add_training_arguments,
    dtype_policy,
    script_parser,
    whole_number,
)
from keras_genae.cli.faces import Faces
from keras_genae.cli.training_run import training_run
from keras_genae.evaluation import reconstruction_mse
from keras_genae.script import run_script
from keras_genae.training import default_optimizer

MAPPED = 5000


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    group = parser.add_argument_group("data").add_mutually_exclusive_group()
    group.add_argument(
        "--idx",
        type=pathlib.Path,
        metavar="FOLDER",
        help="a folder with train-images-idx3-ubyte and train-labels-idx1-ubyte, .gz or not",
    )
    group.add_argument(
        "--tfds",
        choices=["mnist", "fashion_mnist"],
        help="prepare the data through TensorFlow Datasets (12 or 30 MB to download)",
    )
    parser.add_argument(
        "--images", type=whole_number(2), metavar="N", help="use the first N images"
    )
    parser.add_argument("--network", choices=["conv", "mlp"], default="mlp", help="(default: mlp)")
    add_training_arguments(parser, epochs=15, output_dir="runs/latent_map")
    return parser.parse_args()


def load(arguments):
    """Images with one label each, their colour on the map."""
    if arguments.idx:
        images, labels = datasets.load_idx_folder(arguments.idx, "train")
        name = arguments.idx.name
    elif arguments.tfds:
        import tensorflow_datasets as tfds

        images, labels = tfds.as_numpy(
            tfds.load(arguments.tfds, split="train", batch_size=-1, as_supervised=True)
        )
        name = arguments.tfds
    else:
        images, factors = datasets.draw_faces(arguments.images or 20_000, 32, arguments.seed, 1)
        labels, name = factors["background_tone"], "drawn faces, colour: tone of the background"
    images, labels = images[: arguments.images], labels[: arguments.images]
    return Faces(images, f"{name}, {len(images):,} images", {"label": labels})


def build_model(arguments, input_shape):
    """The VAE, compiled."""
    model = genae.VAE(
        input_shape=input_shape,
        latent_dim=2,
        network=arguments.network,
        likelihood="bernoulli",
        seed=arguments.seed,
        dtype=dtype_policy(arguments),
    )
    model.compile(optimizer=default_optimizer(model, arguments.learning_rate))
    return model


def measure(model, validation):
    """Name → (value, unit), on images the model has not seen."""
    batches = datasets.evaluation_batches(validation, 128)
    losses = model.evaluate(batches, verbose=0, return_dict=True)
    return {
        "validation_loss": (losses["loss"], "nats per image, negative ELBO"),
        "validation_mse": (
            reconstruction_mse(model, validation),
            "squared grey levels, 0 to 1, mean over pixels and channels",
        ),
    }


def main():
    """Load, train, measure, draw the map."""
    arguments = parse_arguments()
    data = load(arguments)

    def build(arguments):
        return build_model(arguments, data.images.shape[1:])

    with training_run(arguments, build, load=lambda arguments: data) as run:
        run.metrics.update(measure(run.model, run.validation))
        run.folder.save_figure(
            "latent_map",
            visualization.plot_latent_map(
                run.model,
                run.validation[:MAPPED],
                run.validation_labels["label"][:MAPPED],
                f"Two latents: {run.source}",
            ),
        )


if __name__ == "__main__":
    run_script(main)
