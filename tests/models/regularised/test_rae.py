import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from regularised import by_one_step, is_the_autoencoder
from zoo import build, compiled, examples

from keras_genae import RAE

X = examples((16,), 12)


@pytest.mark.parametrize(
    "changes",
    [
        {"regulariser": "l2", "decoder_weight": 0.0},
        {"regulariser": "gradient_penalty", "decoder_weight": 0.0},
        {"regulariser": None},
    ],
    ids=lambda changes: str(changes["regulariser"]),
)
def test_without_weights_it_is_the_autoencoder(changes):
    is_the_autoencoder("RAE spectral norm", penalty_weight=0.0, **changes)


def test_the_code_pays_half_its_squared_length_and_the_decoder_its_weights():
    model = compiled(build("RAE gradient penalty", regulariser="l2"), run_eagerly=True)
    logs = model.evaluate(X, verbose=0, return_dict=True)
    z = np.float64(model.encode(X))
    assert logs["code_loss"] == pytest.approx(0.5 * np.square(z).sum(1).mean(), rel=1e-5)
    squared = sum(np.square(np.float64(w)).sum() for w in model.decoder.get_weights())
    assert logs["decoder_loss"] == pytest.approx(squared, rel=1e-5)
    total = logs["reconstruction_loss"] + 1e-2 * logs["code_loss"] + 1e-4 * logs["decoder_loss"]
    assert logs["loss"] == pytest.approx(total, rel=1e-6)


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
def test_the_gradient_penalty_is_the_norm_of_the_jacobian_of_the_mean(likelihood):
    data, z = keras.Input((6,)), keras.Input((2,))
    encoder = keras.Model(data, layers.Dense(2)(data))
    decoder = keras.Model(z, layers.Dense(6)(layers.Dense(16, "tanh")(z)))
    model = RAE(
        encoder=encoder,
        decoder=decoder,
        regulariser="gradient_penalty",
        likelihood=likelihood,
        seed=0,
    )
    x = tf.constant(np.random.default_rng(0).random((1, 6)), "float32")
    code = encoder(x)
    with tf.GradientTape() as tape:
        tape.watch(code)
        mean = tf.sigmoid(decoder(code)) if likelihood == "bernoulli" else decoder(code)
    exact = np.square(tape.jacobian(mean, code)).sum()
    many = tf.repeat(x, 20_000, axis=0)
    terms = model.loss_terms(model.unpack((many,)), training=True)
    # A standard error of about 1 %.
    assert np.mean(terms["decoder_loss"]) == pytest.approx(exact, rel=0.04)


def test_kernels_of_the_decoder_alone_have_norm_1_after_a_step():
    model = compiled(build("RAE spectral norm"), keras.optimizers.SGD(0.1), run_eagerly=True)
    assert model.term_names == ("reconstruction_loss", "code_loss")
    model.train_on_batch(X)

    def norms(network):
        return [np.linalg.norm(w, 2) for w in network.get_weights() if w.ndim == 2]

    np.testing.assert_allclose(norms(model.decoder), 1.0, atol=0.02)
    assert max(abs(norm - 1.0) for norm in norms(model.encoder)) > 0.1


def test_norms_are_kept_after_loading(tmp_path):
    model = compiled(build("RAE spectral norm"), keras.optimizers.SGD(0.1), run_eagerly=True)
    model.train_on_batch(X)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    loaded.train_on_batch(X)
    kernel = loaded.decoder.get_layer("raw").kernel
    assert np.linalg.norm(kernel, 2) == pytest.approx(1.0, abs=0.02)


def test_it_samples_from_a_prior_that_is_fitted_afterwards():
    model = build("RAE gradient penalty")
    with pytest.raises(ValueError, match=r"call `model.fit_prior\(x\)`"):
        model.sample(2)
    assert model.fit_prior(X, "gaussian").sample(2, seed=0).shape == (2, 16)


def test_every_argument_changes_the_loss():
    changes = (
        {"regulariser": None},
        {"regulariser": None, "penalty_weight": 1.0},
        {"regulariser": "l2"},
        {"regulariser": "l2", "decoder_weight": 1.0},
        {"regulariser": "gradient_penalty"},
        {"regulariser": "gradient_penalty", "decoder_weight": 1.0},
        {"regulariser": "spectral_norm"},
    )
    losses = [by_one_step("RAE spectral norm", **change) for change in changes]
    assert len(set(losses)) == len(losses)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"regulariser": "dropout"}, r"`regulariser` must be one of 'l2', .*None\. Received"),
        ({"regulariser": "spectral_norm", "decoder_weight": 1.0}, "Leave it out with any other"),
        ({"decoder_weight": -1.0}, "`decoder_weight` must be a finite number from 0 up"),
        ({"penalty_weight": float("nan")}, "`penalty_weight` must be a finite number from 0 up"),
    ],
)
def test_wrong_arguments_say_what_is_right(arguments, message):
    with pytest.raises(ValueError, match=message):
        RAE((16,), 3, **arguments)
