import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from zoo import compiled, examples

from keras_genae import VAE, FactorVAE
from keras_genae.models.variational.factor_vae import independent_units

X = examples((16,))


def model(**arguments):
    keras.utils.set_random_seed(0)
    arguments = {"widths": (8,), "discriminator_widths": (8, 8), "seed": 0, **arguments}
    return FactorVAE((16,), latent_dim=3, **arguments)


def gradients_of(ours, term):
    """Gradients of a term to the encoder, the decoder and the discriminator."""
    parts = [ours.encoder, ours.decoder, ours.discriminator]
    variables = [part.trainable_variables for part in parts]
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(ours.loss_terms(ours.unpack((X,)), training=True)[term])
    return tape.gradient(loss, variables)


def test_neither_player_leaks_into_the_other():
    ours = model()
    encoder, decoder, discriminator = gradients_of(ours, "total_correlation_loss")
    assert all(gradient is None for gradient in [*decoder, *discriminator])
    assert any(np.any(gradient != 0.0) for gradient in encoder)
    encoder, decoder, discriminator = gradients_of(ours, "discriminator_loss")
    assert all(gradient is None for gradient in [*encoder, *decoder])
    assert all(np.any(gradient != 0.0) for gradient in discriminator)


def test_a_step_of_the_autoencoder_is_that_without_the_discriminators_loss():
    # What the encoder learns does not depend on how the discriminator learns at the same time.
    class DeafFactorVAE(FactorVAE):
        @property
        def term_weights(self):
            return {**super().term_weights, "discriminator_loss": 0.0}

    weights = []
    for model_class in (FactorVAE, DeafFactorVAE):
        keras.utils.set_random_seed(0)
        one = model_class((16,), 3, widths=(8,), discriminator_widths=(8,), seed=0)
        before = one.discriminator.get_weights()
        compiled(one, keras.optimizers.SGD(1e-2), run_eagerly=True).train_on_batch(X)
        weights.append([*one.encoder.get_weights(), *one.decoder.get_weights()])
        moved = any(
            np.any(a != b) for a, b in zip(before, one.discriminator.get_weights(), strict=True)
        )
        assert moved == (model_class is FactorVAE)
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_without_gamma_it_is_the_vae():
    class PlainVAE(VAE):
        WHITENS = False

    ours, plain = model(gamma=0.0), PlainVAE((16,), latent_dim=3, widths=(8,), seed=0)
    plain.encoder.set_weights(ours.encoder.get_weights())
    plain.decoder.set_weights(ours.decoder.get_weights())
    for one in (ours, plain):
        compiled(one, keras.optimizers.SGD(1e-3), run_eagerly=True).train_on_batch(X)
    for a, b in zip(
        [*ours.encoder.get_weights(), *ours.decoder.get_weights()],
        [*plain.encoder.get_weights(), *plain.decoder.get_weights()],
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)


def test_the_loss_by_hand():
    ours = model(gamma=3.0, beta=2.0)
    terms = ours.loss_terms(ours.unpack((X,)), training=False)
    expected = terms["reconstruction_loss"] + 2.0 * terms["kl_loss"]
    expected += 3.0 * terms["total_correlation_loss"] + terms["discriminator_loss"]
    np.testing.assert_allclose(ours.weighted_sum(terms), expected, rtol=1e-6)
    assert [layer.units for layer in ours.discriminator.layers] == [8, 8, 1]


@pytest.mark.parametrize("count", [1, 3, 8, 50])
def test_units_are_mixed_and_each_keeps_its_values(count):
    z = np.arange(3.0 * count, dtype="float32").reshape(count, 3)
    mixed = np.array(independent_units(z, np.ones(count, "float32")))
    np.testing.assert_array_equal(np.sort(mixed, axis=0), z)  # Each unit's own distribution.
    rows = mixed.astype(int) // 3
    if count >= 3:  # All units of a code are of different examples.
        assert all(len(set(row)) == 3 for row in rows)


def test_units_are_taken_as_often_as_their_example_weighs():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(400, 2)).astype("float32")
    weight = np.where(np.arange(400) % 2, 0.0, np.exp(z[:, 1])).astype("float32")
    mixed = np.array(independent_units(z, weight))
    assert not set(mixed[:, 1]) & set(z[weight == 0.0, 1])
    expected = np.average(z[:, 1], weights=weight)
    assert expected > 0.7
    assert np.average(mixed[:, 1], weights=weight) == pytest.approx(expected, abs=0.1)
    # As if the others were not there, wherever they stand.
    alone = np.array(independent_units(z[::2], weight[::2]))
    np.testing.assert_array_equal(mixed[::2], alone)


@pytest.mark.slow
def test_the_discriminator_finds_the_total_correlation_of_a_correlated_normal():
    # Codes are the data, N(0, C): TC = −½ log det C.
    correlation, rng = 0.8, np.random.default_rng(0)
    x = rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], 8192)
    data, z = keras.Input((2,)), keras.Input((2,))
    mean, log_var = layers.Dense(2), layers.Dense(2)
    encoder = keras.Model(data, [mean(data), log_var(data)])
    mean.set_weights([np.eye(2), np.zeros(2)])
    log_var.set_weights([np.zeros((2, 2)), np.full(2, -12.0)])
    encoder.trainable = False
    decoder = keras.Model(z, layers.Dense(2)(z))
    ours = FactorVAE(encoder=encoder, decoder=decoder, discriminator_widths=(64, 64), seed=0)
    rate = keras.optimizers.schedules.CosineDecay(1e-2, 600)
    compiled(ours, keras.optimizers.Adam(rate)).fit(x, batch_size=410, epochs=30, verbose=0)
    logs = ours.evaluate(x, batch_size=1024, verbose=0, return_dict=True)
    print("total correlation", -0.5 * math.log(1 - correlation**2), logs)
    total_correlation = -0.5 * math.log(1 - correlation**2)
    assert logs["total_correlation_loss"] == pytest.approx(total_correlation, abs=0.06)
    assert logs["discriminator_loss"] < math.log(2.0)


def test_mistakes_are_told():
    with pytest.raises(ValueError, match="`gamma` must be a finite number"):
        model(gamma=-1.0)
    with pytest.raises(ValueError, match="`widths` must name at least one layer"):
        model(discriminator_widths=())
