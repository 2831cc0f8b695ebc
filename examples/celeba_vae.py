"""Faces as points of a latent space: train a VAE on CelebA, on your own faces, or on drawn ones.

    python examples/celeba_vae.py                                  # CelebA if it is prepared here
    python examples/celeba_vae.py --data-dir img_align_celeba.zip  # a folder or zip of images
    python examples/celeba_vae.py --help

It leaves a folder with the model, its numbers and figures: faces reconstructed, invented, morphed
into each other, and changed one latent variable at a time.
"""

import numpy as np

from keras_genae import visualization
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
    add_training_arguments(parser, epochs=8, output_dir="runs/celeba_vae")
    return parser.parse_args()


def measure(model, validation):
    """Name → (value, unit), on images the model has not seen."""
    losses = model.evaluate(validation, batch_size=128, verbose=0, return_dict=True)
    posterior = model.encode_distribution(validation)
    kl = np.sort(np.mean(posterior.kl_per_unit(), axis=0))[::-1]
    error = reconstruction_mse(model, validation)
    mean_image_error = float(np.mean(np.var(validation / np.float32(255), axis=0)))
    nats = "nats per image"
    return {
        "validation_loss": (losses["loss"], f"{nats}, negative ELBO with beta"),
        "validation_distortion": (losses["reconstruction_loss"], f"{nats}, -log p(x|z)"),
        "validation_rate": (losses["kl_loss"], f"{nats}, KL(q(z|x) || p(z))"),
        "validation_mse": (error, "squared grey levels, 0 to 1, mean over pixels and channels"),
        "validation_psnr": (float(-10 * np.log10(error)), "dB, of the mean squared error"),
        "mean_image_mse": (mean_image_error, "the same, with the mean image as reconstruction"),
        "active_units": (
            int(np.sum(posterior.active_units())),
            f"latent units of {model.latent_dim} whose mean varies by more than 0.01",
        ),
        "kl_per_unit": ([round(float(value), 3) for value in kl], "nats per image, largest first"),
    }


def draw_figures(run):
    """Everything to look at, into the folder."""
    model, validation, source = run.model, run.validation, run.source
    save = run.folder.save_figure
    pictured = validation[:10]
    save(
        "reconstructions",
        visualization.plot_reconstructions(
            pictured, model.reconstruct(pictured), f"Reconstructions of unseen faces: {source}"
        ),
    )
    save(
        "samples",
        visualization.plot_samples(
            model.sample(36, seed=0), f"Samples from the prior N(0, I): {source}"
        ),
    )
    pairs = min(6, len(validation) // 2)
    strips = model.interpolate(validation[:pairs], validation[pairs : 2 * pairs], steps=9)
    save(
        "interpolations",
        visualization.plot_interpolations(strips, f"One face to another: {source}"),
    )
    save(
        "traversals",
        visualization.plot_traversals(
            model, validation[:1000], title=f"One latent variable at a time: {source}"
        ),
    )
    variations = model.variations(validation[:6], count=5, seed=0)
    rows = np.concatenate([validation[:6, None] / np.float32(255), variations], axis=1)
    save(
        "variations",
        visualization.plot_samples(
            rows.reshape(-1, *model.input_shape), f"A face and five variations, in rows: {source}"
        ),
    )
    # Last: from here on `sample` draws from what was fitted, also in the saved model.
    model.fit_prior(run.training[:10_000])
    save(
        "samples_fitted_prior",
        visualization.plot_samples(
            model.sample(36, seed=0), f"Samples from a normal prior fitted to the codes: {source}"
        ),
    )


def main():
    """Load, train, measure, draw."""
    with training_run(parse_arguments(), build_vae) as run:
        run.metrics.update(measure(run.model, run.validation))
        draw_figures(run)


if __name__ == "__main__":
    run_script(main)
