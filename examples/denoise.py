"""Take noise out of pictures: train a denoising autoencoder on faces.

    python examples/denoise.py                                  # CelebA if prepared, else drawn
    python examples/denoise.py --corruption salt_and_pepper --amount 0.2
    python examples/denoise.py --data-dir my_photos.zip

It leaves a folder with the model, its numbers, and a figure of noisy, denoised and clean faces.
"""

import numpy as np

import keras_genae as genae
from keras_genae import visualization
from keras_genae.cli.arguments import (
    add_face_arguments,
    add_training_arguments,
    dtype_policy,
    number,
    script_parser,
    whole_number,
)
from keras_genae.cli.training_run import training_run
from keras_genae.evaluation import reconstruction_mse
from keras_genae.models.denoising_ae import CORRUPTIONS
from keras_genae.script import run_script
from keras_genae.training import default_optimizer


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    add_face_arguments(parser)
    group = parser.add_argument_group("model")
    group.add_argument("--latent-dim", type=whole_number(1), default=256, metavar="N")
    group.add_argument(
        "--corruption", choices=CORRUPTIONS, default="gaussian_noise", help="what to undo"
    )
    group.add_argument(
        "--amount",
        type=number(smallest=0),
        default=0.2,
        help="σ of the noise (black to white is 1), share of the pixels, or σ of the blur in "
        "pixels (default: 0.2)",
    )
    add_training_arguments(parser, epochs=8, output_dir="runs/denoise")
    return parser.parse_args()


def build_model(arguments):
    """The denoising autoencoder, compiled."""
    model = genae.DenoisingAE(
        input_shape=(arguments.image_size, arguments.image_size, 3),
        latent_dim=arguments.latent_dim,
        corruption=CORRUPTIONS[arguments.corruption](arguments.amount, seed=arguments.seed),
        seed=arguments.seed,
        dtype=dtype_policy(arguments),
    )
    model.compile(optimizer=default_optimizer(model, arguments.learning_rate))
    return model


def measure(model, noisy, clean):
    """Name → (value, unit), on images the model has not seen."""
    truth = clean / np.float32(255)
    unit = "squared grey levels, 0 to 1, mean over pixels and channels"
    return {
        "noisy_mse": (float(np.mean(np.square(noisy - truth))), f"{unit}: before"),
        "denoised_mse": (reconstruction_mse(model, noisy, clean), f"{unit}: after"),
    }


def main():
    """Load, train, measure, draw."""
    with training_run(parse_arguments(), build_model) as run:
        clean = run.validation[:2000]
        noisy = run.model.corrupt(clean)
        run.metrics.update(measure(run.model, noisy, clean))
        run.folder.save_figure(
            "denoising",
            visualization.plot_denoising(
                np.clip(noisy[:10], 0.0, 1.0),
                run.model.denoise(noisy[:10]),
                clean[:10],
                f"Noise taken out of {run.faces}: {run.source}",
            ),
        )


if __name__ == "__main__":
    run_script(main)
