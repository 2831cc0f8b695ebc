import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import keras_genae as genae
from keras_genae.evaluation.likelihood import (
    bits_per_dimension,
    distortion,
    elbo,
    log_likelihood,
    posterior_draws,
    rate,
)
from keras_genae.noise import ExampleSeeds, normal

FEATURES, LATENTS, SIGMA = 6, 2, 0.5


class LinearGaussian:
    """p(x|z) = N(Wz + b, σ²I), p(z) = N(0, I): everything about it is known in closed form.

    The columns of W are orthogonal, so that the true posterior is a diagonal normal and an encoder
    can hold it exactly; `shift` and `log_wider` make the encoder's posterior another one.
    """

    def __init__(self, shift=0.0, log_wider=0.0):
        rng = np.random.default_rng(3)
        columns = np.linalg.qr(rng.normal(size=(FEATURES, LATENTS)))[0] * [2.0, 0.7]
        self.w, self.b = columns.astype("float32"), rng.normal(size=FEATURES).astype("float32")
        precision = 1.0 + np.sum(self.w**2, axis=0) / SIGMA**2
        to_mean = (self.w / SIGMA**2 / precision).astype("float32")
        x, z = keras.Input((FEATURES,)), keras.Input((LATENTS,))
        mean, log_var = layers.Dense(LATENTS, name="mean"), layers.Dense(LATENTS, name="log_var")
        raw = layers.Dense(FEATURES, name="raw")
        encoder = keras.Model(x, [mean(x), log_var(x)])
        decoder = keras.Model(z, raw(z))
        mean.set_weights([to_mean, shift - self.b @ to_mean])
        log_var.set_weights(
            [np.zeros((FEATURES, LATENTS)), log_wider - np.log(precision).astype("float32")]
        )
        raw.set_weights([self.w.T, self.b])
        self.model = genae.VAE(
            encoder=encoder, decoder=decoder, likelihood="gaussian", scale=SIGMA, seed=0
        )
        z = rng.normal(size=(40, LATENTS))
        noise = SIGMA * rng.normal(size=(40, FEATURES))
        self.x = (z @ self.w.T + self.b + noise).astype("float32")

    def log_prob(self):
        """The exact log p(x) = log N(x; b, WWᵀ + σ²I)."""
        covariance = self.w @ self.w.T + SIGMA**2 * np.eye(FEATURES)
        off = self.x - self.b
        squared = np.sum(off @ np.linalg.inv(covariance) * off, axis=1)
        return -0.5 * (squared + np.linalg.slogdet(covariance)[1] + FEATURES * np.log(2.0 * np.pi))


def test_with_the_true_posterior_one_sample_is_exact():
    exact = LinearGaussian()
    np.testing.assert_allclose(
        log_likelihood(exact.model, exact.x, num_samples=1), exact.log_prob(), atol=1e-3
    )
    many = elbo(exact.model, exact.x, num_samples=4000)
    np.testing.assert_allclose(many, exact.log_prob(), atol=0.15)


def test_bounds_rise_with_the_samples_to_the_exact_log_likelihood():
    exact = LinearGaussian(shift=0.3, log_wider=1.0)
    # Each example many times: the mean over draws of a bound is what rises.
    x = np.tile(exact.x, (100, 1))
    bounds = [elbo(exact.model, x, num_samples=10).mean()]
    for count in (2, 5, 20, 200):
        bounds.append(log_likelihood(exact.model, x, num_samples=count).mean())
    truth = exact.log_prob().mean()
    assert np.all(np.diff(bounds) > 0)
    assert bounds[0] < truth - 0.5
    assert bounds[-1] == pytest.approx(truth, abs=0.02)


def test_distortion_and_rate_equal_their_closed_forms():
    exact = LinearGaussian(shift=0.3, log_wider=1.0)
    posterior = exact.model.encode_distribution(exact.x)
    mean, variance = np.array(posterior.mean), np.exp(posterior.log_var)
    # E ‖x − Wz − b‖² = ‖x − W·mean − b‖² + Σ variance · ‖column of W‖².
    off = exact.x - mean @ exact.w.T - exact.b
    squared = np.sum(off**2, axis=1) + variance @ np.sum(exact.w**2, axis=0)
    by_hand = squared / (2 * SIGMA**2) + FEATURES * np.log(SIGMA * np.sqrt(2 * np.pi))
    found = distortion(exact.model, exact.x, num_samples=20_000)
    np.testing.assert_allclose(found, by_hand, rtol=0.02)
    kl = 0.5 * np.sum(mean**2 + variance - np.log(variance) - 1.0, axis=1)
    np.testing.assert_allclose(rate(exact.model, exact.x), kl, rtol=1e-5)


@pytest.mark.parametrize("count", [1, 7, 1000])
@pytest.mark.parametrize("rows", [64, 4096])
def test_exactly_as_many_samples_as_asked_for(count, rows, monkeypatch):
    monkeypatch.setattr(posterior_draws, "DECODED_AT_ONCE", rows * FEATURES)
    exact = LinearGaussian(shift=0.3, log_wider=1.0)
    x = exact.x[:3]
    # The noise of each draw is that of its place among all draws of all examples.
    stream = np.random.default_rng(5).integers(2**31, dtype="int32")
    noise = normal((3 * count, LATENTS), ExampleSeeds(np.arange(3 * count), stream))
    noise = np.array(noise).reshape(3, count, LATENTS)
    posterior = exact.model.encode_distribution(x)
    z = posterior.mean[:, None] + np.exp(0.5 * posterior.log_var)[:, None] * noise
    off = x[:, None] - z @ exact.w.T - exact.b
    log_p = -0.5 * np.sum(off**2, -1) / SIGMA**2 - FEATURES * np.log(SIGMA * np.sqrt(2 * np.pi))
    log_prior = -0.5 * np.sum(z**2, -1)
    log_q = -0.5 * np.sum(noise**2, -1) - 0.5 * np.sum(posterior.log_var, -1)[:, None]
    by_hand = np.log(np.mean(np.exp(log_p + log_prior - log_q, dtype="float64"), axis=1))
    found = log_likelihood(exact.model, x, num_samples=count, seed=5)
    np.testing.assert_allclose(found, by_hand, atol=1e-3)


def test_what_overflows_is_impossible_and_not_nan():
    exact = LinearGaussian()
    assert np.all(log_likelihood(exact.model, 1e30 * exact.x, num_samples=3) == -np.inf)


def own_networks():
    """Networks of a user's own, in half precision to the last layer."""
    policy = "mixed_bfloat16"
    x, z = keras.Input((FEATURES,)), keras.Input((LATENTS,))
    heads = [layers.Dense(LATENTS, dtype=policy)(x) for _ in range(2)]
    return keras.Model(x, heads), keras.Model(z, layers.Dense(FEATURES, dtype=policy)(z))


@pytest.mark.parametrize("measure", [distortion, rate, elbo, log_likelihood])
def test_networks_in_half_precision_are_measured_in_whole(measure, rng):
    encoder, decoder = own_networks()
    model = genae.VAE(encoder=encoder, decoder=decoder, likelihood="gaussian")
    values = measure(model, rng.normal(size=(9, FEATURES)).astype("float32"))
    assert values.dtype == "float32" and np.isfinite(values).all()


@pytest.mark.parametrize("measure", [elbo, log_likelihood, distortion])
def test_the_draws_depend_on_the_seed_and_on_nothing_else(measure):
    exact = LinearGaussian(shift=0.3)
    one = measure(exact.model, exact.x, num_samples=30, batch_size=40)
    np.testing.assert_allclose(
        measure(exact.model, exact.x, num_samples=30, batch_size=7), one, atol=1e-4
    )
    dataset = tf.data.Dataset.from_tensor_slices(exact.x).batch(16)
    np.testing.assert_allclose(measure(exact.model, dataset, num_samples=30), one, atol=1e-4)
    np.testing.assert_array_equal(measure(exact.model, exact.x, num_samples=30), one)
    assert not np.allclose(measure(exact.model, exact.x, num_samples=30, seed=1), one, atol=1e-4)


def test_bytes_are_grey_levels_and_a_changed_likelihood_counts():
    model = genae.ConvVAE((8, 8, 1), latent_dim=2, widths=(4,), seed=0)
    x = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 1)).astype("uint8")
    sigma = elbo(model, x)
    np.testing.assert_allclose(elbo(model, x / 255.0), sigma, rtol=1e-5)
    model.compile(loss="binary_crossentropy")
    assert not np.allclose(elbo(model, x), sigma, rtol=0.1)


def test_the_distortion_of_a_plain_autoencoder_is_its_loss():
    model = genae.ConvAE((8, 8, 1), latent_dim=2, widths=(4,), scale=0.3, seed=0)
    model.compile()
    x = np.random.default_rng(0).random((20, 8, 8, 1)).astype("float32")
    loss = model.evaluate(x, verbose=0, return_dict=True)["loss"]
    assert distortion(model, x).mean() == pytest.approx(loss, rel=1e-5)


def test_a_fair_coin_takes_one_bit_a_dimension():
    model = genae.VAE((5,), latent_dim=2, widths=(3,), likelihood="bernoulli", seed=0)
    model.decoder.set_weights([0.0 * weight for weight in model.decoder.get_weights()])
    # The posterior of a decoder that ignores z is the prior.
    model.encoder.set_weights([0.0 * weight for weight in model.encoder.get_weights()])
    x = np.random.default_rng(0).integers(0, 2, (10, 5)).astype("float32")
    assert bits_per_dimension(model, x) == pytest.approx(1.0, abs=1e-5)
    with pytest.raises(ValueError, match="zeros and ones"):
        bits_per_dimension(model, 0.5 * x)


def test_what_cannot_be_measured_is_said():
    plain = genae.Autoencoder((4,), latent_dim=2, widths=(3,))
    x = np.zeros((2, 4), "float32")
    for measure in (rate, elbo, log_likelihood):
        with pytest.raises(ValueError, match=f"`{measure.__name__}` needs a posterior"):
            measure(plain, x)
    model = genae.VAE((4,), latent_dim=2, widths=(3,))
    with pytest.raises(ValueError, match="num_samples"):
        log_likelihood(model, x, num_samples=0)
    with pytest.raises(ValueError, match=r"shape \(batch, 4\)"):
        elbo(model, np.zeros((2, 5), "float32"))
    with pytest.raises(ValueError, match="density"):
        bits_per_dimension(model, x)
