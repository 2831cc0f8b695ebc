"""Constants, copies, ties, as few as are accepted: right, or refused in words; never NaN."""

import warnings

import keras
import numpy as np
import pytest

from keras_genae import VAE, Autoencoder
from keras_genae.anomaly import (
    AnomalyDetector,
    ComplexityNormalizer,
    HeatMap,
    LatentDensity,
    MarginalDensity,
    RankCombination,
    SplitConformal,
    auroc,
    average_precision,
    compressed_size,
    energy,
    fpr_at_95_tpr,
    likelihood_regret,
    negative_elbo,
    negative_log_likelihood,
    pca_error,
    reconstruction_error,
    reconstruction_probability,
    total_variation,
)
from keras_genae.anomaly.standardizer import Standardizer

RNG = np.random.default_rng(11)
BLANK, NOISE = np.zeros((6, 8, 8, 1), "float32"), RNG.random((6, 8, 8, 1)).astype("float32")
VECTORS = RNG.normal(size=(8, 3))
NEW = np.concatenate([VECTORS, 0.0 * VECTORS, 1e6 * VECTORS])


@pytest.fixture(autouse=True)
def no_runtime_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


def detector_of(x):
    model = Autoencoder((3,), latent_dim=2, widths=(4,), seed=0)
    return AnomalyDetector(model, verbose=0).fit(x.astype("float32"), train=False)


def combination(reference):
    return RankCombination().fit(reference)(np.array([[-1e9] * 2, [0.0] * 2, [1e9] * 2]))


PICTURES = {"blank": BLANK, "white": BLANK + 1.0, "copies": NOISE[[0] * 6], "three": NOISE[:3]}
NUMBERS = {
    **{
        f"{name} {what}": lambda x=x, f=f: f(x)
        for name, x in PICTURES.items()
        for what, f in {
            "compressed": compressed_size,
            "varied": total_variation,
            "energy": energy,
            "normalized": lambda x: ComplexityNormalizer().fit(x, np.ones(len(x)))(
                NOISE, np.ones(6)
            ),
            "heated": lambda x: HeatMap().fit(image_model(), x)(image_model(), NOISE),
        }.items()
    },
    **{
        f"{name} {what}": lambda x=x, f=f: f(x)
        for name, x in {
            "constant": np.full((30, 3), 0.1),
            "zero": np.zeros((30, 3)),
            "copies": np.repeat(VECTORS[:2], 15, axis=0),
            "one unit constant": VECTORS[np.arange(30) % 8] * [1.0, 1.0, 0.0],
            "two": VECTORS[:2],
            "far off": np.concatenate([VECTORS, [[1e300, -1e300, 0.0]]]),
        }.items()
        for what, f in {
            "standardized": lambda x: Standardizer().fit(x)(NEW),
            "feature by feature": lambda x: MarginalDensity().fit(x)(NEW),
            "in its components": lambda x: pca_error(x, NEW, components=2),
        }.items()
        if (name, what) != ("far off", "in its components")
    },
    **{
        f"{name} combined": lambda x=x: combination(x)
        for name, x in {
            "constants": np.ones((30, 2)),
            "two": np.array([[0.0, 0.0], [1.0, 0.0]]),
            "ties": np.repeat([[0.0, 1.0], [1.0, 0.0]], 40, axis=0),
            "tiny": 1e-300 * VECTORS[:, :2],
        }.items()
    },
    "one calibration score": lambda: SplitConformal().fit([1.0]).p_values([0.0, 1.0, np.inf]),
    "all ties calibrated": lambda: SplitConformal().fit(np.ones(50)).p_values([1.0, 2.0]),
}


def image_model():
    return VAE((8, 8, 1), latent_dim=2, network="mlp", widths=(4,), seed=0)


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_what_learns_from_degenerate_data_gives_finite_numbers(number):
    assert np.isfinite(number()).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    "x",
    [np.zeros((40, 3)), np.full((40, 3), 0.1), np.repeat(VECTORS[:2], 20, axis=0)],
    ids=["zero", "constant", "copies"],
)
@pytest.mark.parametrize("score", ["auto", "likelihood_regret", "negative_log_likelihood"])
def test_a_detector_of_degenerate_rows_flags_other_rows_only(x, score):
    model = VAE((3,), latent_dim=2, widths=(4,), seed=0)
    detector = AnomalyDetector(model, score, verbose=0).fit(x.astype("float32"), train=False)
    assert np.isfinite(detector.decision_function(NEW.astype("float32"))).all()
    assert (detector.predict(x) == 1).mean() >= 0.95
    if score == "auto":
        assert (detector.predict((x + 100.0).astype("float32")) == -1).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    "score",
    [
        reconstruction_error,
        reconstruction_probability,
        negative_elbo,
        negative_log_likelihood,
        likelihood_regret,
    ],
)
@pytest.mark.parametrize("images", PICTURES.values(), ids=PICTURES)
def test_scores_of_degenerate_images_are_finite(score, images):
    assert np.isfinite(score(image_model(), images)).all()
    # A single one, as well.
    assert score(image_model(), images[:1]).shape == (1,)


@pytest.mark.parametrize("count", [2, 3, 60])
def test_the_latent_density_of_copies_is_finite(count):
    model = Autoencoder((3,), latent_dim=2, widths=(4,), seed=0)
    density = LatentDensity().fit(model, np.ones((count, 3), "float32"))
    usual, odd = density(model, np.array([[1.0] * 3, [-5.0] * 3], "float32"))
    assert np.isfinite([usual, odd]).all() and odd > usual


@pytest.mark.parametrize("metric", [auroc, average_precision, fpr_at_95_tpr])
def test_metrics_of_ties_are_those_of_chance_and_of_one_class_are_refused(metric):
    chance = {auroc: 0.5, average_precision: 0.25, fpr_at_95_tpr: 1.0}[metric]
    assert metric(np.ones(8), np.arange(8) < 2) == pytest.approx(chance)
    assert np.isfinite(metric([0.0, np.inf, -np.inf], [0, 1, 0]))
    for labels in (np.zeros(8), np.ones(8)):
        with pytest.raises(ValueError, match="anomalies and normal examples"):
            metric(np.arange(8.0), labels)
    with pytest.raises(ValueError, match="anomalies and normal examples"):
        metric([], [])


def test_own_networks_in_half_precision_are_scored_in_float32(default_policy):
    keras.config.set_dtype_policy("mixed_bfloat16")
    x, z = keras.Input((6,)), keras.Input((2,))
    encoder = keras.Model(x, keras.layers.Dense(2)(x))
    decoder = keras.Model(z, keras.layers.Dense(6)(z))
    model = Autoencoder(encoder=encoder, decoder=decoder, seed=0)
    keras.config.set_dtype_policy("float32")
    data = RNG.normal(size=(40, 6)).astype("float32")
    assert reconstruction_error(model, data).dtype == "float32"
    detector = AnomalyDetector(model, verbose=0).fit(data, train=False)
    assert np.isfinite(detector.decision_function(data)).all()
