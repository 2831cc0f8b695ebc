"""Measure a trained model: `python -m keras_genae.evaluation MODEL.keras DATA`.

    python -m keras_genae.evaluation runs/demo/model.keras drawn_faces
    python -m keras_genae.evaluation mnist.keras PATH/TO/mnist --importance-samples 500

It leaves a folder with `metrics.json` and figures, and prints a table.
"""

import argparse
import pathlib

import keras
import numpy as np

from keras_genae import visualization
from keras_genae.arguments import whole_number
from keras_genae.datasets.evaluation_data import DRAWN_FACES, load_evaluation_data
from keras_genae.evaluation.disentanglement import disentanglement_scores, factor_information
from keras_genae.evaluation.generation import QUESTIONS, generation_quality
from keras_genae.evaluation.latent_space import active_units, kl_per_unit, latent_space_quality
from keras_genae.evaluation.likelihood import elbo, log_likelihood
from keras_genae.evaluation.likelihood.bits_per_dimension import as_bits, is_discrete
from keras_genae.evaluation.reconstruction import reconstruction_quality
from keras_genae.evaluation.requirements import (
    has_density,
    is_of_units,
    is_variational,
    posterior_kind,
)
from keras_genae.run_folder import RunFolder
from keras_genae.script import print_metrics, run_script
from keras_genae.visualization.plot_factor_matrix import plot_factor_matrix
from keras_genae.visualization.plot_latent_spectrum import plot_latent_spectrum
from keras_genae.visualization.plot_prior_samples import plot_prior_samples

PICTURED = 10
NATS = "nats per example"
SQUARED = "squared units of the data, per entry"
# Of what is not a share from 0 to 1.
UNITS = {
    "mse": SQUARED,
    "reconstruction_mse": SQUARED,
    "psnr": "dB, mean over the images",
    "ssim": "structural similarity, at most 1",
    "ms_ssim": "structural similarity at several scales, at most 1",
    "active_units": "latent units whose mean varies by more than 0.01",
    "rate": f"{NATS}, KL(q(z|x) || p(z))",
    "distortion": f"{NATS}, -log p(x|z)",
    "mutual_information": "nats between x and z, at most the bound",
    "mutual_information_bound": "nats, the log of the number of examples",
    "trustworthiness": "of the neighbours in the latent space, at most 1",
    "linear_probe": "accuracy or R^2 of a linear model of the codes",
    "neighbour_probe": "accuracy or R^2 of the nearest codes",
    "real_count": "examples",
    "generated_count": "examples",
    "features": "what the distances are measured in",
    **{
        name: f"{unit}: {QUESTIONS[name]}"
        for name, unit in {
            "patch_distance": "of the pixels' range",
            "frechet_distance": "of the variance of real pixels",
            "classifier_separation": "standard deviations of the classifier's scores",
        }.items()
    },
}


def unit_of(name):
    """The unit of a measure, also of its twin for PCA and its floor."""
    if name in UNITS:
        return UNITS[name]
    if name.startswith("floor_"):
        return f"{unit_of(name.removeprefix('floor_'))}: between two halves of the real data"
    if name.endswith("_margin"):
        return "half of its 95 % interval, by a jackknife over groups of examples"
    if name.startswith("pca_"):
        return f"{unit_of(name.removeprefix('pca_'))}: of as many principal components"
    return "from 0 to 1"


def parse_arguments(arguments=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m keras_genae.evaluation",
        description="Measure a trained model: reconstruction, likelihood, latent space, samples.",
    )
    parser.add_argument("model", type=pathlib.Path, help="a .keras file")
    parser.add_argument(
        "data",
        help="a folder or zip of images, a folder of idx files (its test set), a .npy file, an "
        f".npz file with x and perhaps y, a .csv file, or {DRAWN_FACES}; best, data the model has "
        "not seen",
    )
    parser.add_argument(
        "--limit", type=whole_number(20), default=5000, metavar="N", help="(default: 5000)"
    )
    parser.add_argument(
        "--importance-samples",
        type=whole_number(1),
        default=100,
        metavar="K",
        help="draws for the log-likelihood of each example (default: 100)",
    )
    parser.add_argument("--seed", type=whole_number(0), default=0, metavar="N")
    parser.add_argument(
        "--output-dir", type=pathlib.Path, default=pathlib.Path("runs/evaluation"), metavar="PATH"
    )
    return parser.parse_args(arguments)


def load(path):
    """The model in a file."""
    model = keras.saving.load_model(path)
    if not hasattr(model, "encode"):
        raise ValueError(
            f"The file must hold a model of keras_genae. Received: {path}, a {type(model).__name__}"
        )
    return model


def label_of(model, data):
    """The labels that a model is given beside the examples; `None` where it takes none."""
    return None if model.condition is None else data.labels


def with_units(values):
    """Name → (value, unit)."""
    return {name: (value, unit_of(name)) for name, value in values.items()}


def of_likelihood(model, x, label, arguments):
    """ELBO and log-likelihood of a VAE."""
    count = arguments.importance_samples
    options = {"seed": arguments.seed}
    log_likelihoods = log_likelihood(model, x, label, count, **options)
    measured = {
        "elbo": (
            float(np.mean(elbo(model, x, label, 10, **options))),
            f"{NATS}, a bound of log p(x)",
        ),
        "log_likelihood": (
            float(np.mean(log_likelihoods)),
            f"{NATS}, by {count} importance samples",
        ),
    }
    if is_discrete(model, x):
        measured["bits_per_dimension"] = (as_bits(model, log_likelihoods), "bits per entry")
    return measured


def draw_samples(model, fitting, count, seed):
    """Samples of the model, and the name of the density they are from."""
    if model.fitted_prior is None and not is_variational(model):
        # It has no density of its own; that of one half of the data is measured on the other.
        model.fit_prior(fitting)
    name = "N(0, I)" if model.fitted_prior is None else type(model.fitted_prior).__name__
    return model.sample(count, seed=seed), name


def main(arguments=None):
    """Load, measure, draw, report."""
    arguments = parse_arguments(arguments)
    model = load(arguments.model)
    data = load_evaluation_data(arguments.data, model.input_shape, arguments.limit)
    model.check_examples(data.x, label_of(model, data))
    settings = {"model": str(arguments.model), "data": data.source}
    with RunFolder(arguments.output_dir, settings, resume=True) as folder:
        metrics = {"data": (data.source, ""), **measure(model, data, arguments, folder)}
        folder.save_metrics(metrics)
    print_metrics(metrics)
    print(f"\nmetrics.json and the figures are in {arguments.output_dir}/")


def measure(model, data, arguments, folder):
    """Name → (value, unit) of all that applies; figures go into the folder."""
    x, seed = data.x, arguments.seed
    order = np.random.default_rng(seed).permutation(len(x))
    first, second = (x[part] for part in np.array_split(order, 2))
    labels = (None, None)
    if data.labels is not None:
        labels = [data.labels[part] for part in np.array_split(order, 2)]
    label = label_of(model, data)
    metrics = with_units(reconstruction_quality(model, x, label=label))
    if is_variational(model) and has_density(model):
        metrics |= of_likelihood(model, x, label, arguments)
    if is_variational(model) and is_of_units(posterior_kind(model)) and is_of_units(model.prior):
        spectrum = plot_latent_spectrum(
            kl_per_unit(model, x, label),
            active_units(model, x, label),
            f"What each unit carries: {data.source}",
        )
        folder.save_figure("latent_spectrum", spectrum)
    metrics |= with_units(latent_space_quality(model, first, second, *labels, seed=seed))
    if data.factors:
        metrics |= of_factors(model, data, seed, folder)
    if model.is_image:
        metrics |= of_images(model, first, second, labels[1], data.source, seed, folder)
    return metrics


def of_factors(model, data, seed, folder):
    """How far units and known factors go together."""
    codes = model.encode(data.x, label_of(model, data))
    matrix = factor_information(codes, data.factors)
    title = f"Which unit tells of what: {data.source}"
    folder.save_figure("factor_matrix", plot_factor_matrix(matrix, data.factors, title))
    return with_units(disentanglement_scores(codes, data.factors, seed))


def of_images(model, first, second, label, source, seed, folder):
    """How real the samples look, and pictures; `label` is that of the second half."""
    pictured = second[:PICTURED]
    label = None if model.condition is None or label is None else label[:PICTURED]
    again = model.reconstruct(pictured, label)
    figure = visualization.plot_reconstructions(pictured, again, f"Reconstructions: {source}")
    folder.save_figure("reconstructions", figure)
    samples, prior = draw_samples(model, first, len(second), seed)
    figure = plot_prior_samples({"real": pictured, prior: samples[:PICTURED]}, f"Samples: {source}")
    folder.save_figure("samples", figure)
    return {"prior": (prior, ""), **with_units(generation_quality(second, samples, seed=seed))}


if __name__ == "__main__":
    run_script(main, resumable=False)
