import keras
import numpy as np
import pytest
import tensorflow as tf
from linear_gaussian import LinearGaussian

from keras_genae import VAE, HamiltonianVAE
from keras_genae.evaluation import elbo, log_likelihood

X = np.random.default_rng(0).normal(size=(30, 6)).astype("float32")


class Plain(VAE):
    WHITENS = False


def build(model_class=HamiltonianVAE, **options):
    keras.utils.set_random_seed(0)
    model = model_class((6,), latent_dim=2, widths=(8,), seed=0, **options)
    model.compile(keras.optimizers.SGD(1e-3), run_eagerly=True)
    return model


@pytest.fixture(scope="module")
def known():
    """A linear Gaussian model with an encoder that is off, and the same followed by steps."""
    known = LinearGaussian(3, 5, orthogonal=False, shift=0.2, log_wider=0.5, count=8)
    plain = known.model
    model = HamiltonianVAE(
        encoder=plain.encoder,
        decoder=plain.decoder,
        likelihood="gaussian",
        scale=plain.scale,
        step_size=0.4,
        largest_step=1.0,
        tempering=0.8,
        seed=0,
    )
    return known, model


def test_of_length_0_it_is_the_vae():
    model, plain = build(length=0), build(Plain)
    logs = [m.fit(X, epochs=2, shuffle=False, verbose=0).history for m in (model, plain)]
    assert logs[0] == logs[1]
    for a, b in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(
        log_likelihood(model, X, num_samples=5), log_likelihood(plain, X, num_samples=5)
    )


def test_the_weights_of_draws_are_right_in_the_mean_and_the_bound_is_one(known):
    known, model = known
    log_prob, many = known.log_prob(), np.repeat(known.x, 10_000, axis=0)
    log_weights, of_encoder = (
        np.float64(m.log_weights(many)).reshape(len(known.x), -1) for m in (model, known.model)
    )
    ratio = np.exp(log_weights - log_prob[:, None])  # w / p(x)
    error = ratio.std(axis=1) / np.sqrt(ratio.shape[1])
    assert error.max() < 0.03
    assert np.all(np.abs(ratio.mean(axis=1) - 1.0) < 4.0 * error)
    bound = log_weights.mean(axis=1)
    assert np.all(bound < log_prob)
    # The steps bring it nearer to log p(x) than the encoder alone.
    assert np.all(bound > of_encoder.mean(axis=1) + 0.1)
    # What evaluation estimates.
    np.testing.assert_allclose(elbo(model, known.x, num_samples=500), bound, atol=0.3)
    np.testing.assert_allclose(log_likelihood(model, known.x, num_samples=500), log_prob, atol=0.2)


def test_the_loss_is_the_negative_elbo_at_the_draw():
    model = build()
    logs = model.evaluate(X, verbose=0, return_dict=True)
    z, log_q = model.posterior(X).sample_and_log_prob(model.evaluation_noise.seeds(len(X)))
    log_prior = -0.5 * np.sum(np.square(z), axis=1) - np.log(2.0 * np.pi)
    assert logs["kl_loss"] == pytest.approx(np.mean(log_q - log_prior), rel=1e-4)
    assert logs["loss"] == pytest.approx(logs["kl_loss"] + logs["reconstruction_loss"], rel=1e-5)


def test_the_decoder_learns_through_the_steps_too(known):
    # The slope of the loss along a direction of the decoder's weights, second derivatives and all.
    known, model = known
    batch, kernel = model.unpack((known.x,)), model.decoder.trainable_variables[0]
    direction = np.random.default_rng(0).normal(size=kernel.shape).astype("float32")

    def loss():
        return tf.reduce_mean(model.weighted_sum(model.loss_terms(batch, training=False)))

    with tf.GradientTape() as tape:
        value = loss()
    slope = np.sum(tape.gradient(value, kernel.value) * direction)
    start, losses = kernel.numpy(), []
    for step in (-1e-2, 1e-2):
        kernel.assign(start + step * direction)
        losses.append(float(loss()))
    kernel.assign(start)
    assert slope == pytest.approx((losses[1] - losses[0]) / 2e-2, rel=1e-2)


def test_encode_climbs_from_the_mean_of_the_encoder(known):
    known, model = known
    codes, means = model.encode(known.x), known.model.encode(known.x)

    def log_joint(z):
        return np.asarray(model.log_joint(known.x, z))

    assert np.all(log_joint(codes) > log_joint(means))
    np.testing.assert_array_equal(model.encode(known.x), codes)


@pytest.mark.slow
def test_all_learns_and_the_arguments_change_the_loss():
    losses = set()
    changes = ({}, {"length": 2}, {"step_size": 0.2}, {"largest_step": 0.2}, {"tempering": 0.9})
    for change in changes:
        model = build(**change)
        before = [w.numpy() for w in model.trainable_variables]
        model.fit(X, batch_size=15, verbose=0, shuffle=False)
        losses.add(model.evaluate(X, verbose=0, return_dict=True)["loss"])
        assert not any(
            np.array_equal(w, old) for w, old in zip(model.trainable_variables, before, strict=True)
        )
    assert len(losses) == len(changes)


def test_draws_of_many_examples_are_made_in_batches():
    model = build()
    together, _ = model.posterior_moments(X)
    apart, _ = model.posterior_moments(X, batch_size=7)
    np.testing.assert_allclose(apart, together, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"length": -1}, "`length` must be a whole number of at least 0"),
        ({"step_size": 0.5}, "`step_size` must be above 0 and below 0.5. Received: step_size=0.5"),
        ({"largest_step": float("inf")}, "`largest_step` must be above 0 and below inf"),
        ({"tempering": 1.0}, "`tempering` must be above 0 and below 1.0"),
        ({"free_bits": 0.1}, "`free_bits` are granted to each unit"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        build(**arguments)
