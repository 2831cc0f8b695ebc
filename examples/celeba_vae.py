"""Faces as points of a latent space: train a VAE on CelebA, on your own faces, or on drawn ones.

    python examples/celeba_vae.py                                  # CelebA if it is prepared here
    python examples/celeba_vae.py --data-dir img_align_celeba.zip  # a folder or zip of images
    python examples/celeba_vae.py --help

It leaves a folder with the model, its numbers and figures: faces reconstructed, invented, morphed
into each other, and changed one latent variable at a time.
"""

import numpy as np
from keras import ops

from keras_genae import datasets, visualization
from keras_genae.cli.arguments import add_face_arguments, add_training_arguments, script_parser
from keras_genae.cli.training_run import training_run
from keras_genae.cli.vae import add_vae_arguments, build_vae
from keras_genae.evaluation import reconstruction_mse
from keras_genae.script import run_script


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    add_face_arguments(parser)
    add_vae_arguments(parser)
    add_training_arguments(parser, epochs=12, output_dir="runs/celeba_vae")
    return parser.parse_args()


def measure(model, validation):
    """Name → (value, unit), on images the model has not seen."""
    batches = datasets.evaluation_batches(validation, 128)
    losses = model.evaluate(batches, verbose=0, return_dict=True)
    posterior = model.encode_distribution(validation)
    kl = np.sort(ops.convert_to_numpy(posterior.kl_per_unit()).mean(axis=0))[::-1]
    error = reconstruction_mse(model, validation)
    # Of the bytes: as floats, the images would take four times their memory.
    mean_image_error = float(np.mean(np.var(validation, axis=0))) / 255**2
    nats = "nats per image"
    return {
        "validation_loss": (losses["loss"], f"{nats}, negative ELBO with beta"),
        "validation_distortion": (losses["reconstruction_loss"], f"{nats}, -log p(x|z)"),
        "validation_rate": (losses["kl_loss"], f"{nats}, KL(q(z|x) || p(z))"),
        "validation_mse": (error, "squared grey levels, 0 to 1, mean over pixels and channels"),
        "validation_psnr": (float(-10 * np.log10(error)), "dB, of the mean squared error"),
        "mean_image_mse": (mean_image_error, "the same, with the mean image as reconstruction"),
        "active_units": (
            int(np.sum(ops.convert_to_numpy(posterior.active_units()))),
            f"latent units of {model.latent_dim} whose mean varies by more than 0.01",
        ),
        "kl_per_unit": ([round(float(value), 3) for value in kl], "nats per image, largest first"),
    }


def draw_figures(run):
    """Everything to look at, into the folder; few images give fewer figures."""
    model, validation, source = run.model, run.validation, run.source

    def reconstructions():
        title = f"Reconstructions of {run.faces}: {source}"
        images = validation[:10]
        return visualization.plot_reconstructions(images, model.reconstruct(images), title)

    def samples(prior):
        title = f"Samples from {prior}: {source}"
        return visualization.plot_samples(model.sample(36, seed=0), title)

    def interpolations():
        pairs = min(6, len(validation) // 2)
        strips = model.interpolate(validation[:pairs], validation[pairs : 2 * pairs], steps=9)
        return visualization.plot_interpolations(strips, f"One face to another: {source}")

    def traversals():
        title = f"One latent variable at a time: {source}"
        return visualization.plot_traversals(model, validation[:1000], title=title)

    def variations():
        varied = model.variations(validation[:6], count=5, seed=0)
        rows = np.concatenate([validation[:6, None] / np.float32(255), varied], axis=1)
        title = f"A face and five variations, in rows: {source}"
        return visualization.plot_samples(rows.reshape(-1, *model.input_shape), title)

    def samples_fitted_prior():
        # Last: from here on `sample` draws from what was fitted, also in the saved model.
        model.fit_prior(run.training[:10_000], "flow")
        return samples("a flow fitted to the codes")

    run.save_figure("reconstructions", reconstructions, validation)
    run.save_figure("samples", lambda: samples("the prior N(0, I)"), validation)
    run.save_figure("interpolations", interpolations, validation, least=2)
    run.save_figure("traversals", traversals, validation)
    run.save_figure("variations", variations, validation)
    run.save_figure("samples_fitted_prior", samples_fitted_prior, run.training, least=2)


def main():
    """Load, train, measure, draw."""
    with training_run(parse_arguments(), build_vae) as run:
        run.metrics.update(measure(run.model, run.validation))
        draw_figures(run)


if __name__ == "__main__":
    run_script(main)
