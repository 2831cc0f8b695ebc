import keras
import numpy as np
import pytest
from zoo import build, compiled, examples

from keras_genae import VAE, Autoencoder
from keras_genae.models.likelihoods import LIKELIHOODS


@pytest.mark.parametrize(
    ("loss", "likelihood"),
    [
        ("mse", "gaussian"),
        ("mean_squared_error", "gaussian"),
        (keras.losses.MeanSquaredError(), "gaussian"),
        (keras.losses.mean_squared_error, "gaussian"),
        ("binary_crossentropy", "bernoulli"),
        ("bce", "bernoulli"),
        (keras.losses.BinaryCrossentropy(), "bernoulli"),
        (keras.losses.binary_crossentropy, "bernoulli"),
    ],
)
def test_a_loss_by_its_keras_name_chooses_the_likelihood(loss, likelihood):
    asked, built = build("ConvVAE sigma"), build("ConvVAE sigma", likelihood=likelihood)
    asked.compile(loss=loss, run_eagerly=True)
    built.compile(run_eagerly=True)
    x = examples(asked.input_shape, 4)
    assert asked.evaluate(x, verbose=0) == built.evaluate(x, verbose=0)


@pytest.mark.parametrize(
    "loss", ["mae", "kld", keras.losses.Huber(), lambda y, p: 0.0, ["mse"], {"a": "mse"}]
)
def test_any_other_loss_is_an_error_that_lists_the_choices(loss):
    with pytest.raises(ValueError, match="Received: loss=") as error:
        build("ConvVAE sigma").compile(loss=loss)
    assert all(repr(name) in str(error.value) for name in LIKELIHOODS)


def test_a_loss_that_contradicts_the_likelihood_is_an_error():
    with pytest.raises(ValueError, match="Leave one of the two out"):
        build("ConvVAE bernoulli").compile(loss="mse")
    build("ConvVAE bernoulli").compile(loss="binary_crossentropy")


def test_compiling_again_without_a_loss_takes_the_default_back():
    model = build("ConvVAE sigma")
    x = examples(model.input_shape, 4)
    before = model.reconstruct(x)
    model.compile(loss="binary_crossentropy")
    model.compile()
    assert model.likelihood_name == "sigma"
    np.testing.assert_array_equal(model.reconstruct(x), before)


def test_methods_follow_the_likelihood_of_the_last_compile():
    # A vector's mean is the raw output under "gaussian", its sigmoid under "bernoulli".
    model = build("VAE of vectors")
    z = np.zeros((1, 3), "float32")
    raw = model.decode(z)
    model.compile(loss="binary_crossentropy")
    np.testing.assert_allclose(model.decode(z), 1 / (1 + np.exp(-raw)), rtol=1e-5)


def test_metrics_are_those_of_predict():
    model = compiled(
        build("ConvVAE sigma"), metrics=["mae"], weighted_metrics=["mse"], run_eagerly=True
    )
    x = examples(model.input_shape, 20)
    weight = np.linspace(0, 2, 20).astype("float32")
    history = model.fit(x, batch_size=8, validation_data=(x, x), verbose=0).history
    assert {"mae", "mse", "val_mae", "val_mse"} <= set(history)
    logs = model.evaluate(x, x, sample_weight=weight, batch_size=8, verbose=0, return_dict=True)
    error = x - model.predict(x, verbose=0)
    # Keras leaves sample weights out of `metrics`, as its documentation says.
    assert logs["mae"] == pytest.approx(np.abs(error).mean(), rel=1e-5)
    squares = np.square(error).mean((1, 2, 3))
    assert logs["mse"] == pytest.approx((weight * squares).sum() / weight.sum(), rel=1e-5)


def test_metrics_of_pairs_compare_with_the_target():
    model = compiled(build("DenoisingAE"), metrics=["mae"], run_eagerly=True)
    x, clean = np.split(examples(model.input_shape, 16), 2)
    mae = model.evaluate(x, clean, verbose=0, return_dict=True)["mae"]
    assert mae == pytest.approx(np.abs(clean - model.predict(x, verbose=0)).mean(), rel=1e-5)


def test_the_scale_of_a_gaussian_weighs_the_error_against_the_kl():
    x = examples((12, 12, 1), 8)
    errors = []
    for scale in (1.0, 0.1):
        model = VAE((12, 12, 1), 2, likelihood="gaussian", scale=scale, widths=(4,), seed=0)
        model.compile(run_eagerly=True)
        logs = model.evaluate(x, verbose=0, return_dict=True)
        errors.append(logs["reconstruction_loss"] - 0.5 * 144 * np.log(2 * np.pi * scale**2))
        assert model.scale == scale
    # Other weights, so the errors are of the same size only; a hundredfold weight shows clearly.
    assert errors[1] > 30 * errors[0]


def test_plain_autoencoders_minimise_squared_errors_by_default():
    assert Autoencoder((8,), 2).likelihood_name == "gaussian"
    assert VAE((8,), 2).likelihood_name == "sigma"


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_a_model_that_was_never_compiled_says_so(method):
    model = build("Autoencoder of vectors")
    x = examples(model.input_shape, 4)
    with pytest.raises(ValueError, match=rf"You must call `compile\(\)` before calling `{method}"):
        getattr(model, method)(x)
    assert model.predict(x, verbose=0).shape == x.shape
