"""What has no variance, no variety or no number in it: a right value, or a refusal in words."""

import warnings

import numpy as np
import pytest
from keras import ops

import keras_genae as genae
from keras_genae import evaluation

FEATURES, COUNT = 5, 100
DRAWN = np.random.default_rng(0).normal(size=(COUNT, FEATURES))
COIN = np.arange(COUNT) % 2
# Rows of numbers, of each way of being degenerate.
KINDS = {
    "constant": np.ones((COUNT, FEATURES)),
    "repeated rows": np.repeat(DRAWN[:4], COUNT // 4, axis=0),
    "a feature without variance": DRAWN * [1.0, 1.0, 0.0, 1.0, 1.0],
    "two values": 1.0 * (DRAWN > 0.0),
    "hardly any variance": 1.0 + 1e-9 * DRAWN,
    "tiny": 1e-30 * DRAWN,
    "large": 1e6 * DRAWN,
    "not a number": np.where(np.arange(COUNT)[:, None] == 3, np.nan, DRAWN),
    "infinite": np.where(np.arange(COUNT)[:, None] == 3, np.inf, DRAWN),
    "two examples": DRAWN[:2],
    "one example": DRAWN[:1],
    "no example": DRAWN[:0],
}


def images_of(rows):
    """Small pictures of rows, as grey as the numbers that lie in [0, 1]."""
    return np.tile(np.clip(rows, 0.0, 1.0)[:, :, None, None], (1, 2, 8, 1))


def halves(x):
    return x[: len(x) // 2], x[len(x) // 2 :]


def factors_of(x):
    return {"scale": np.arange(float(len(x))), "class": COIN[: len(x)]}


def probed(probe, x, y):
    (one, other), (of_one, of_other) = halves(x), halves(y[: len(x)])
    return probe(one, of_one, other, of_other)


# Public name → a function of rows; the rows are examples, or features, codes or factors.
OF_ROWS = {
    "dci": lambda x: evaluation.dci(x, factors_of(x)),
    "classifier_separation": lambda x: [
        evaluation.classifier_separation(x, x[::-1]),
        evaluation.classifier_separation(x, DRAWN),
        evaluation.classifier_separation(DRAWN, x),
    ],
    "cluster_accuracy": lambda x: evaluation.cluster_accuracy(COIN[: len(x)], x[:, 0]),
    "density_coverage": lambda x: evaluation.density_coverage(x, x[::-1]),
    "disentanglement_scores": lambda x: evaluation.disentanglement_scores(x, factors_of(x)),
    "mean_correlation": lambda x: evaluation.mean_correlation(x, x[::-1]),
    "factor_entropy": lambda x: evaluation.factor_entropy({"a": x[:, 0], "b": x[:, 1]}),
    "factor_information": lambda x: evaluation.factor_information(x, factors_of(x)),
    "factor_vae_score": lambda x: evaluation.factor_vae_score(x, factors_of(x)),
    "frechet_distance": lambda x: evaluation.frechet_distance(x, x[::-1]),
    "frechet_distance_of_gaussians": lambda x: (
        evaluation.frechet_distance_of_gaussians(
            x[0], np.zeros((FEATURES, FEATURES)), x[-1], np.diag(np.abs(x[0]))
        )
        if len(x)
        else evaluation.frechet_distance_of_gaussians([], np.zeros((0, 0)), [], np.zeros((0, 0)))
    ),
    "generation_quality": lambda x: [
        evaluation.generation_quality(x, x[::-1]),
        evaluation.generation_quality(images_of(x), images_of(DRAWN)),
        evaluation.generation_quality(images_of(DRAWN), images_of(x)),
    ],
    "generation_table": lambda x: evaluation.generation_table(
        evaluation.generation_quality(x, DRAWN)
    ),
    "kernel_distance": lambda x: evaluation.kernel_distance(x, x[::-1], subsets=5),
    "latent_trustworthiness": lambda x: [
        evaluation.latent_trustworthiness(x, DRAWN[: len(x)]),
        evaluation.latent_trustworthiness(DRAWN[: len(x)], x),
    ],
    "linear_probe": lambda x: [
        probed(evaluation.linear_probe, x, labels) for labels in (COIN, DRAWN[:, 0])
    ],
    "lower_hull": lambda x: evaluation.lower_hull(x[:, :2]),
    "mig": lambda x: evaluation.mig(x, factors_of(x)),
    "modularity": lambda x: evaluation.modularity(x, factors_of(x)),
    "ms_ssim": lambda x: evaluation.ms_ssim(images_of(x), images_of(1.0 - x)),
    "neighbour_probe": lambda x: [
        probed(evaluation.neighbour_probe, x, labels) for labels in (COIN, DRAWN[:, 0])
    ],
    "patch_distance": lambda x: evaluation.patch_distance(images_of(x), images_of(1.0 - x)),
    "pca_codes": lambda x: evaluation.pca_codes(*halves(x), 1),
    "pca_reconstruction_mse": lambda x: evaluation.pca_reconstruction_mse(*halves(x), 1),
    "PixelFeatures": lambda x: evaluation.PixelFeatures(images_of(x))(images_of(DRAWN)),
    "precision_recall": lambda x: evaluation.precision_recall(x, x[::-1]),
    "psnr": lambda x: np.minimum(evaluation.psnr(images_of(x), images_of(1.0 - x)), 1e9),
    "RandomFeatures": lambda x: evaluation.RandomFeatures()(images_of(x)),
    "sap": lambda x: evaluation.sap(x, factors_of(x)),
    "ssim": lambda x: evaluation.ssim(images_of(x), images_of(1.0 - x)),
}
LABELLED = {"coin": COIN, "scale": DRAWN[:, 0]}
# Public name → a function of a model and rows, which are its examples.
OF_MODEL = {
    "active_units": evaluation.active_units,
    "bits_per_dimension": evaluation.bits_per_dimension,
    "distortion": evaluation.distortion,
    "domain_shift": lambda model, x: evaluation.domain_shift(model, *halves(x), permutations=99),
    "elbo": evaluation.elbo,
    "fit_directions": lambda model, x: evaluation.fit_directions(
        model, x, {name: values[: len(x)] for name, values in LABELLED.items()}
    ),
    "kl_per_unit": evaluation.kl_per_unit,
    "latent_space_quality": lambda model, x: evaluation.latent_space_quality(
        model, *halves(x), *halves(COIN[: len(x)])
    ),
    "log_likelihood": lambda model, x: evaluation.log_likelihood(model, x, num_samples=5),
    "mutual_information": evaluation.mutual_information,
    "rate": evaluation.rate,
    "rate_distortion": evaluation.rate_distortion,
    "rate_distortion_curve": lambda model, x: evaluation.rate_distortion_curve([model], x),
    "reconstruction_mse": evaluation.reconstruction_mse,
    "reconstruction_quality": evaluation.reconstruction_quality,
}
# What the functions above return, and what needs weights that are not here.
NOT_FUNCTIONS = {"AttributeDirections", "DomainShift", "InceptionFeatures"}


def dead(model):
    """The model with an encoder that gives all examples the prior, N(0, I)."""
    for variable in model.encoder.trainable_variables:
        variable.assign(ops.zeros_like(variable))
    return model


@pytest.fixture(scope="module")
def models():
    options = {"latent_dim": 2, "widths": (4,), "seed": 0}
    return {
        "VAE": genae.VAE((FEATURES,), **options),
        "dead VAE": dead(genae.VAE((FEATURES,), likelihood="bernoulli", **options)),
        "dead autoencoder": dead(genae.Autoencoder((FEATURES,), **options)),
    }


def has_nan(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        return any(has_nan(item) for item in value)
    if isinstance(value, str):
        return "nan" in value
    if isinstance(value, (evaluation.DomainShift, evaluation.AttributeDirections)):
        return any(has_nan(item) for name, item in vars(value).items() if name != "model")
    return bool(np.isnan(value).any())


def check(measure):
    """A value without NaN, or an error that says what came; and no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("error", UserWarning)
        try:
            assert not has_nan(measure())
        except ValueError as error:
            assert "Received: " in str(error)


def test_every_public_measure_is_here():
    assert {*OF_ROWS, *OF_MODEL, *NOT_FUNCTIONS} == set(evaluation.__all__)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", OF_ROWS)
def test_rows_give_a_number_or_are_refused_in_words(name, kind):
    check(lambda: OF_ROWS[name](KINDS[kind]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", OF_MODEL)
def test_examples_give_a_number_or_are_refused_in_words(models, name, kind):
    for model in models.values():
        check(lambda model=model: OF_MODEL[name](model, KINDS[kind].astype("float32")))


@pytest.mark.parametrize("labels", [COIN // 2, np.arange(COUNT), np.full(COUNT, np.nan)])
@pytest.mark.parametrize("name", ["mig", "sap", "modularity", "dci", "factor_vae_score"])
def test_factors_that_tell_nothing_are_refused(name, labels):
    with pytest.raises(ValueError, match=r"factors\['a'\].*Received"):
        getattr(evaluation, name)(DRAWN, {"a": labels, "b": DRAWN[:, 0]})
