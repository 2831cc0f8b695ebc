import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from players import assert_equal_gradients, gradients_of_terms, who_learns
from zoo import build, compiled, examples

from keras_genae import VAE, VAEGAN, noise

X = examples((12, 12, 1), 6)


def test_each_player_learns_from_its_own_loss_alone():
    model = build("VAEGAN", pixel_weight=0.5)
    # Modulation by z starts at nothing, through which no gradient flows.
    for weight in model.decoder.trainable_variables:
        weight.assign_add(0.1 * keras.random.normal(weight.shape, seed=1))
    learns = {
        term: who_learns(gradients) for term, gradients in gradients_of_terms(model, X).items()
    }
    assert learns == {
        "reconstruction_loss": {"encoder", "decoder"},
        "feature_loss": {"encoder", "decoder"},
        "kl_loss": {"encoder"},
        "generator_loss": {"decoder"},
        "discriminator_loss": {"discriminator"},
        "loss": {"encoder", "decoder", "discriminator"},
    }


def test_the_gradients_are_those_of_three_losses_by_hand(noise_off):
    model = build("VAEGAN", adversary_weight=3.0, similarity_weight=2.0, beta=0.5)
    encoder, decoder, judge = model.encoder, model.decoder, model.discriminator
    z_p = noise.normal((len(X), 3), noise.ExampleSeeds(np.arange(len(X))))

    def made(z):
        return decoder(z) + 0.5

    def log_d(images, sign=1.0):
        return tf.math.log_sigmoid(sign * judge(images)[1][:, 0])

    images = [tf.constant(made(z).numpy()) for z in (encoder(X)[0], z_p)]
    with tf.GradientTape(persistent=True) as tape:
        mean, log_var = encoder(X)
        kl = 0.5 * tf.reduce_sum(mean**2 + tf.exp(log_var) - log_var - 1.0, axis=1)
        wanted, found = judge(X)[0], judge(made(mean))[0]
        # σ is 1 before any training; the features count as many entries as the image.
        error = 0.5 * 144.0 * tf.reduce_mean((wanted - found) ** 2, axis=(1, 2, 3))
        fooled = log_d(made(tf.stop_gradient(mean))) + log_d(made(z_p))
        of_encoder = tf.reduce_mean(0.5 * kl + 2.0 * error)
        of_decoder = tf.reduce_mean(2.0 * error - 3.0 * 0.5 * fooled)
        told = 0.5 * log_d(X) + 0.25 * (log_d(images[0], -1.0) + log_d(images[1], -1.0))
        of_judge = tf.reduce_mean(-told)
    gradients = gradients_of_terms(model, X, training=False)["loss"]
    by_hand = {"encoder": of_encoder, "decoder": of_decoder, "discriminator": of_judge}
    for name, loss in by_hand.items():
        variables = getattr(model, name).trainable_variables
        assert_equal_gradients(gradients[name], tape.gradient(loss, variables))


def test_without_an_adversary_and_features_it_is_the_vae():
    weights = {"pixel_weight": 1.0, "similarity_weight": 0.0, "adversary_weight": 0.0}
    model = build("VAEGAN", **weights)
    plain = VAE((12, 12, 1), 3, widths=(4, 8), seed=0)
    plain.encoder.set_weights(model.encoder.get_weights())
    plain.decoder.set_weights(model.decoder.get_weights())
    found, expected = (gradients_of_terms(one, X)["loss"] for one in (model, plain))
    for name in ("encoder", "decoder"):
        assert_equal_gradients(found[name], expected[name], rtol=1e-6)


def test_the_statistics_of_the_networks_are_those_of_the_pass_over_data():
    def networks():
        image, z = keras.Input((12, 12, 1)), keras.Input((2,))
        h = layers.BatchNormalization()(layers.Flatten()(image))
        encoder = keras.Model(image, [layers.Dense(2)(h), layers.Dense(2)(h)])
        h = layers.BatchNormalization()(layers.Dense(8)(z))
        return encoder, keras.Model(z, layers.Reshape((12, 12, 1))(layers.Dense(144)(h)))

    found = []
    for model_class in (VAE, VAEGAN):
        keras.utils.set_random_seed(0)
        encoder, decoder = networks()
        model = model_class(encoder=encoder, decoder=decoder, seed=0)
        compiled(model, keras.optimizers.SGD(1e-3), run_eagerly=True).train_on_batch(X)
        found.append([v.numpy() for v in encoder.non_trainable_variables[:2]])
        found[-1] += [v.numpy() for v in decoder.non_trainable_variables[:2]]
    assert np.any(found[0][2] != 0.0)
    for some, other in zip(*found, strict=True):
        np.testing.assert_array_equal(some, other)


def test_the_features_have_their_scale_at_its_optimum():
    model = build("VAEGAN")
    batch = model.unpack((X,))
    first = model.loss_terms(batch, training=True)["feature_loss"]
    kernel = model.discriminator.get_layer("stage_1").kernel
    kernel.assign(0.0 * kernel)
    model.discriminator.get_layer("stage_1").bias.assign([1.0] * 4)
    # Features that say nothing: no error, σ at its smallest, and no NaN.
    again = model.loss_terms(batch, training=True)["feature_loss"]
    assert np.isfinite(first).all() and np.isfinite(again).all()


def test_the_arguments_count():
    model = build("VAEGAN", adversary_weight=3.0)
    assert model.term_weights["generator_loss"] == 3.0
    assert model.term_weights["reconstruction_loss"] == 0.0
    stages = [build("VAEGAN", discriminator_widths=(5,)).discriminator.get_layer("stage_1").filters]
    assert stages == [5]
    with pytest.raises(ValueError, match="`adversary_weight` must be"):
        build("VAEGAN", adversary_weight=-1.0)
    with pytest.raises(ValueError, match="compares images"):
        VAEGAN((16,), 2)
