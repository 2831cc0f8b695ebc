"""The hypermodel with KerasTuner's own tuners."""

import keras
import keras_tuner as kt
import numpy as np
import pytest

from keras_genae.training.recipe import LEARNING_RATE
from keras_genae.tuning import AutoencoderHyperModel, measure_costs
from keras_genae.tuning.config.arguments import model_and_training, stage_widths
from keras_genae.tuning.config.space import as_hyperparameters
from keras_genae.tuning.trials.train import elbo_per_dim, measure
from keras_genae.tuning.trials.validation import Validation

LATENT = "latent_dim: {int: [2, 16], log: true}"
PARTS = "{depth: {int: [2, 4]}, first: {choice: [6]}, growth: {choice: [1.5]}}"


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (40, 16, 16, 3)).astype("uint8")


def test_builds_what_the_values_say(config_with):
    hypermodel = AutoencoderHyperModel(
        config_with((LATENT, LATENT + "\n  learning_rate: {choice: [0.002]}")), (16, 16, 3)
    )
    hp = kt.HyperParameters()
    hp.Fixed("latent_dim", 5)
    hp.Fixed("widths", "8-16")
    model = hypermodel.build(hp)
    assert (model.latent_dim, model.widths) == (5, (8, 16))
    assert float(model.optimizer.learning_rate) == pytest.approx(0.002)
    assert model.seed == 0


def test_widths_from_depth_first_and_growth(config_with):
    config = config_with(("{choice: [[8], [8, 16]]}", PARTS))
    values = {"latent_dim": 3, "widths.depth": 3, "widths.first": 6, "widths.growth": 1.5}
    model, training = model_and_training(config, values)
    assert model == {"latent_dim": 3, "widths": [6, 8, 12]}
    assert training == {"learning_rate": LEARNING_RATE, "batch_size": 32}
    assert stage_widths(3, 1, 0.5) == [1, 1, 1]
    assert stage_widths(2, 100, 1.0) == [100, 100]


def test_a_value_under_a_condition_reaches_the_model_only_there(config_with):
    extra = (
        "\n  likelihood: {choice: [sigma, gaussian]}"
        "\n  scale: {float: [0.5, 1.0], when: {likelihood: gaussian}}"
    )
    config = config_with((LATENT, LATENT + extra))
    hp = as_hyperparameters(config.space)
    hypermodel = AutoencoderHyperModel(config, (16, 16, 3))
    assert hypermodel.build(hp).likelihood_name == "sigma"
    hp.values.update(likelihood="gaussian", scale=0.5)
    model = hypermodel.build(hp)
    assert (model.likelihood_name, model.scale) == ("gaussian", 0.5)


def test_the_quality_is_the_elbo_at_beta_one(config_with, images):
    config = config_with(("ConvVAE}", "ConvVAE, beta: 50.0, free_bits: 0.5}"))
    hypermodel = AutoencoderHyperModel(config, (16, 16, 3))
    model = hypermodel.build(kt.HyperParameters())
    measured = measure(model, Validation(images), training_seconds=1.0)
    logs = model.evaluate(images, batch_size=128, verbose=0, return_dict=True)
    expected = -(logs["reconstruction_loss"] + logs["kl_loss"]) / (16 * 16 * 3)
    assert measured["val_elbo_per_dim"] == pytest.approx(expected, rel=1e-4)
    assert -logs["loss"] / 768 < elbo_per_dim(model, logs) - 0.01
    x = images / np.float32(255)
    assert measured["val_mse"] == pytest.approx(
        np.mean((model.reconstruct(images, verbose=0) - x) ** 2), rel=1e-4
    )
    assert measured["parameters"] == measure_costs(model)["parameters"]


def test_a_denoising_model_is_measured_on_spoilt_images(config_with, images):
    config = config_with(("ConvVAE", "DenoisingAE"), ("val_elbo_per_dim", "val_mse"))
    model = AutoencoderHyperModel(config, (16, 16, 3)).build(kt.HyperParameters())
    measured = measure(model, Validation(images), training_seconds=0.0)
    denoised = model.denoise(model.corrupt(images, verbose=0), verbose=0)
    assert measured["val_mse"] == pytest.approx(
        np.mean((denoised - images / np.float32(255)) ** 2), rel=1e-4
    )
    assert "val_elbo_per_dim" not in measured


@pytest.mark.slow
def test_fit_trains(config_with, images):
    hypermodel = AutoencoderHyperModel(config_with(), (16, 16, 3))
    hp = kt.HyperParameters()
    model = hypermodel.build(hp)
    before = keras.ops.convert_to_numpy(model.trainable_variables[0])
    measured = hypermodel.fit(hp, model, images, validation_data=images, epochs=1)
    assert list(measured) == ["val_elbo_per_dim", "parameters"]
    assert not np.array_equal(before, keras.ops.convert_to_numpy(model.trainable_variables[0]))
