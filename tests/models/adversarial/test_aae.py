import keras
import numpy as np
import pytest
import tensorflow as tf
from players import assert_equal_gradients, gradients_of_terms, who_learns
from zoo import build, examples

from keras_genae import Autoencoder, evaluation, noise

X = examples((16,), 12)


def test_each_player_learns_from_its_own_loss_alone():
    learns = {
        term: who_learns(gradients)
        for term, gradients in gradients_of_terms(build("AAE"), X).items()
    }
    assert learns == {
        "reconstruction_loss": {"encoder", "decoder"},
        "generator_loss": {"encoder"},
        "discriminator_loss": {"discriminator"},
        "loss": {"encoder", "decoder", "discriminator"},
    }


def test_the_gradients_are_those_of_three_losses_by_hand():
    model = build("AAE", penalty_weight=3.0)
    encoder, decoder, judge = model.encoder, model.decoder, model.discriminator
    y = noise.normal((len(X), 3), noise.ExampleSeeds(np.arange(len(X))))
    codes = tf.constant(encoder(X).numpy())

    def log_d(told):
        return tf.math.log_sigmoid(told)

    with tf.GradientTape(persistent=True) as tape:
        z = encoder(X)
        error = 0.5 * tf.reduce_sum((X - decoder(z)) ** 2, axis=1)
        of_encoder = tf.reduce_mean(error - 3.0 * log_d(judge(z))[:, 0])
        of_decoder = tf.reduce_mean(error)
        of_judge = tf.reduce_mean(-0.5 * log_d(judge(y)) - 0.5 * log_d(-judge(codes)))
    found = gradients_of_terms(model, X, training=False)["loss"]
    by_hand = {"encoder": of_encoder, "decoder": of_decoder, "discriminator": of_judge}
    for name, loss in by_hand.items():
        variables = getattr(model, name).trainable_variables
        assert_equal_gradients(found[name], tape.gradient(loss, variables))


def test_without_a_weight_encoder_and_decoder_are_an_autoencoders():
    model = build("AAE", penalty_weight=0.0)
    plain = Autoencoder(
        encoder=keras.models.clone_model(model.encoder),
        decoder=keras.models.clone_model(model.decoder),
    )
    plain.encoder.set_weights(model.encoder.get_weights())
    plain.decoder.set_weights(model.decoder.get_weights())
    found, expected = (gradients_of_terms(one, X) for one in (model, plain))
    for name in ("encoder", "decoder"):
        for some, other in zip(found["loss"][name], expected["loss"][name], strict=True):
            np.testing.assert_array_equal(some, other)
    assert who_learns(found["loss"]) == {"encoder", "decoder", "discriminator"}


def test_where_the_discriminator_cannot_tell_both_losses_are_log_two():
    model = build("AAE")
    model.discriminator.layers[-1].set_weights([np.zeros((8, 1)), np.zeros(1)])
    terms = model.loss_terms(model.unpack((X,)), training=True)
    for name in ("generator_loss", "discriminator_loss"):
        np.testing.assert_allclose(terms[name], np.log(2.0), rtol=1e-6)


def test_it_has_a_prior_and_no_bound():
    model = build("AAE")
    assert model.sample(2, seed=0).shape == (2, 16)
    with pytest.raises(ValueError, match="posterior"):
        evaluation.elbo(model, X)


def test_the_arguments_count():
    assert build("AAE", penalty_weight=3.0).term_weights["generator_loss"] == 3.0
    widths = [
        layer.units for layer in build("AAE", discriminator_widths=(5, 7)).discriminator.layers
    ]
    assert widths == [5, 7, 1]
    with pytest.raises(ValueError, match="`penalty_weight` must be"):
        build("AAE", penalty_weight=-1.0)
