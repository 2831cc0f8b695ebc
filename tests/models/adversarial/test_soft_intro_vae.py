import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from players import assert_equal_gradients, gradients_of_terms, who_learns
from zoo import build, compiled, examples

from keras_genae import VAE, SoftIntroVAE, noise

X = examples((16,), 12)


class PlainVAE(VAE):
    """A VAE whose codes stay along the axes that they were found in, as here."""

    WHITENS = False


def test_each_player_learns_from_its_own_loss_alone():
    learns = {
        term: who_learns(gradients)
        for term, gradients in gradients_of_terms(build("SoftIntroVAE"), X).items()
    }
    assert learns == {
        "reconstruction_loss": {"encoder", "decoder"},
        "kl_loss": {"encoder"},
        "sample_energy_loss": {"encoder"},
        "generator_loss": {"decoder"},
        "loss": {"encoder", "decoder"},
    }


def kl(mean, log_var):
    return 0.5 * tf.reduce_sum(mean**2 + tf.exp(log_var) - log_var - 1.0, axis=1)


def test_the_gradients_are_those_of_two_losses_by_hand():
    beta, beta_neg, weight = 0.5, 2.0, 3.0
    model = build(
        "SoftIntroVAE", beta=beta, beta_neg=beta_neg, adversary_weight=weight, likelihood="gaussian"
    )
    encoder, decoder = model.encoder, model.decoder
    seeds = noise.ExampleSeeds(np.arange(len(X)))
    z_p, epsilon = (noise.normal((len(X), 3), seeds) for _ in range(2))
    z_noise = noise.normal((len(X), 3), noise.ExampleSeeds(np.arange(len(X))))
    sample = tf.constant(decoder(z_p).numpy())
    constant = 8.0 * np.log(2.0 * np.pi)

    def squared(x, z):
        return tf.reduce_sum((x - decoder(z)) ** 2, axis=1)

    with tf.GradientTape(persistent=True) as tape:
        mean, log_var = encoder(X)
        reconstruction = 0.5 * squared(X, mean + tf.exp(0.5 * log_var) * z_noise)
        mean_p, log_var_p = encoder(sample)
        energy = squared(sample, mean_p + tf.exp(0.5 * log_var_p) * epsilon)
        energy += beta_neg * kl(mean_p, log_var_p)
        alpha = 2.0 / 16.0
        soft = tf.exp(-alpha * energy) / alpha
        of_encoder = tf.reduce_mean(reconstruction + beta * kl(mean, log_var) + weight * soft)
        of_decoder = tf.reduce_mean(reconstruction + weight * beta * kl(*encoder(decoder(z_p))))
    gradients = gradients_of_terms(model, X, training=False)["loss"]
    for name, loss in {"encoder": of_encoder, "decoder": of_decoder}.items():
        variables = getattr(model, name).trainable_variables
        assert_equal_gradients(gradients[name], tape.gradient(loss, variables))
    terms = model.loss_terms(model.unpack((X,)), training=False)
    np.testing.assert_allclose(terms["sample_energy_loss"], soft, rtol=1e-5)
    np.testing.assert_allclose(terms["reconstruction_loss"], reconstruction + constant, rtol=1e-5)


def test_without_its_weight_it_is_the_vae():
    model = build("SoftIntroVAE", adversary_weight=0.0)
    plain = PlainVAE((16,), 3, widths=(4, 8), seed=0)
    plain.encoder.set_weights(model.encoder.get_weights())
    plain.decoder.set_weights(model.decoder.get_weights())
    found, expected = (gradients_of_terms(one, X)["loss"] for one in (model, plain))
    for name in ("encoder", "decoder"):
        assert_equal_gradients(found[name], expected[name], rtol=1e-6)


def test_the_statistics_of_the_networks_are_those_of_the_pass_over_data():
    def networks():
        x, z = keras.Input((16,)), keras.Input((2,))
        h = layers.BatchNormalization()(layers.Dense(8)(x))
        encoder = keras.Model(x, [layers.Dense(2)(h), layers.Dense(2)(h)])
        h = layers.BatchNormalization()(layers.Dense(8)(z))
        return encoder, keras.Model(z, layers.Dense(16)(h))

    found = []
    for model_class in (PlainVAE, SoftIntroVAE):
        keras.utils.set_random_seed(0)
        encoder, decoder = networks()
        model = model_class(encoder=encoder, decoder=decoder, seed=0)
        compiled(model, keras.optimizers.SGD(1e-3), run_eagerly=True).train_on_batch(X)
        found.append(
            [v.numpy() for part in (encoder, decoder) for v in part.non_trainable_variables[:2]]
        )
    assert np.any(found[0][2] != 0.0)
    for some, other in zip(*found, strict=True):
        np.testing.assert_array_equal(some, other)


@pytest.mark.parametrize("likelihood", ["sigma", "laplace", "student_t", "poisson"])
def test_the_energy_of_a_sample_is_above_nothing(likelihood):
    model = build("SoftIntroVAE", likelihood=likelihood)
    x = np.round(np.abs(X)) if likelihood == "poisson" else X
    loss = model.loss_terms(model.unpack((x,)), training=True)["sample_energy_loss"]
    # exp(−α E) / α with α = 2 / 16, and E above 0.
    assert np.isfinite(loss).all() and np.all(loss < 8.0) and np.all(loss >= 0.0)


def test_the_arguments_count():
    model = build("SoftIntroVAE", adversary_weight=3.0, beta=0.5)
    assert float(model.term_weights["sample_energy_loss"]) == 3.0
    assert float(model.term_weights["generator_loss"]) == 1.5
    # exp(−1) at two nats a unit: α β_neg · 2 d = 1 with α = 2 / entries.
    assert model.beta_neg == 16.0 / (4.0 * 3.0) and model.get_config()["beta_neg"] is None
    for name in ("beta_neg", "adversary_weight"):
        with pytest.raises(ValueError, match=f"`{name}` must be"):
            build("SoftIntroVAE", **{name: -1.0})
