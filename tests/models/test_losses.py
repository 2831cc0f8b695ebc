"""The mathematics of the losses: what they equal, and what may not change them."""

import math

import keras
import numpy as np
import pytest
from cases import fast
from keras import layers
from zoo import (
    ALL,
    FEW,
    OF_PAIRS,
    OF_THE_BATCH,
    build,
    compiled,
    examples,
    labels,
    loss_of,
    weights_of,
)

from keras_genae import VAE, Autoencoder
from keras_genae.distributions import DiagonalNormal

# A corruption that draws noise sees another batch as other noise; a blur does not.
# A codebook that starts at draws from a batch starts elsewhere where all come twice.
STILL = {"DenoisingAE": {"corruption": "blur"}, "VQVAE of vectors": {"restarts": False}}

# Without noise nothing of σ reaches z, and under `gradient="dreg"` nothing but z learns.
NO_PATH_TO_LOG_VAR = pytest.mark.filterwarnings("ignore:Gradients do not exist.*log_var")


def quiet(name, **changes):
    """A compiled model that trains with plain gradient descent, for tests of gradients."""
    model = build(name, **STILL.get(name, {}), **changes)
    return compiled(model, keras.optimizers.SGD(1e-3), run_eagerly=True)


def after_one_step(name, x, sample_weight=None, rows=slice(None)):
    """Loss and weights after one step on some rows of `x`."""
    model = quiet(name)
    y = labels(model, len(x))
    x, y = x[rows], y if y is None else y[rows]
    loss = model.train_on_batch(x, y, sample_weight=sample_weight, return_dict=True)["loss"]
    return float(loss), [w.numpy() for w in model.trainable_variables], model


def assert_close(some, others):
    for a, b in zip(some, others, strict=True):
        # Sums in another order: a few units in float32's last place, of gradients of order 1.
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=2e-6)


@ALL
def test_the_loss_does_not_depend_on_the_batch_size(name, noise_off):
    model = quiet(name)
    x = examples(model.input_shape, 12)
    y = labels(model, 12)
    sizes = (12,) if name in OF_THE_BATCH else (12, 5, 2)
    losses = [loss_of(model, x, y, batch_size=size) for size in sizes]
    if name not in OF_PAIRS:
        twice = (part if part is None else np.concatenate([part, part]) for part in (x, y))
        losses.append(loss_of(model, *twice, batch_size=24))
    np.testing.assert_allclose(losses, losses[0], rtol=1e-5)


@pytest.mark.parametrize("name", FEW)
def test_the_noise_of_evaluation_does_not_depend_on_the_batch_size(name):
    model = compiled(build(name))
    x = examples(model.input_shape, 12)
    losses = [loss_of(model, x, batch_size=size) for size in (12, 5, 1, 12)]
    np.testing.assert_allclose(losses, losses[0], rtol=1e-5)


@ALL
@NO_PATH_TO_LOG_VAR
def test_a_step_on_a_duplicated_batch_is_the_step_on_the_batch(name, noise_off):
    if name in OF_PAIRS:
        pytest.skip("A twin is one more example to be compared with.")
    x = examples(build(name).input_shape, 6)
    loss, weights, _ = after_one_step(name, x)
    twice_loss, twice_weights, _ = after_one_step(name, x, rows=np.tile(np.arange(6), 2))
    assert twice_loss == pytest.approx(loss, rel=1e-5)
    assert_close(twice_weights, weights)


@ALL
@NO_PATH_TO_LOG_VAR
def test_weight_zero_is_the_example_removed(name, noise_off):
    x = examples(build(name).input_shape, 8)
    loss, weights, model = after_one_step(name, x, rows=slice(6))
    weighted_loss, weighted, other = after_one_step(
        name, x, np.array([1, 1, 1, 1, 1, 1, 0, 0], "float32")
    )
    assert weighted_loss == pytest.approx(loss, rel=1e-5)
    assert_close(weighted, weights)
    assert float(other.optimal_scale.variance) == pytest.approx(
        float(model.optimal_scale.variance), rel=1e-5
    )


@pytest.mark.parametrize("name", ["Autoencoder of vectors", "DenoisingAE"])
def test_weights_count_also_where_there_is_no_target(name, noise_off):
    # Keras drops `sample_weight` where `y` is None.
    x = examples(build(name).input_shape, 8)
    weight = np.arange(8, dtype="float32")
    model = quiet(name)
    weighted = loss_of(model, x, x, sample_weight=weight)
    assert weighted != pytest.approx(loss_of(model, x), rel=1e-4)
    assert loss_of(model, x, sample_weight=weight) == pytest.approx(weighted, rel=1e-6)
    history = model.fit(
        x, sample_weight=weight, verbose=0, validation_data=(x, None, weight)
    ).history
    assert history["loss"][0] == pytest.approx(weighted, rel=1e-5)
    assert history["val_loss"][0] == pytest.approx(
        loss_of(model, x, x, sample_weight=weight), rel=1e-5
    )


@pytest.mark.parametrize("name", ["Autoencoder of vectors", "ConvVAE free bits"])
def test_weight_two_is_the_example_twice(name, noise_off):
    x = examples(build(name).input_shape, 4)
    loss, weights, _ = after_one_step(name, x, rows=[0, 0, 1, 2, 3])
    weighted_loss, weighted, _ = after_one_step(name, x, np.array([2, 1, 1, 1], "float32"))
    assert weighted_loss == pytest.approx(loss, rel=1e-5)
    assert_close(weighted, weights)


def test_a_batch_of_weight_zero_moves_nothing(noise_off):
    x = examples(build("ConvVAE sigma").input_shape, 4)
    _, weights, model = after_one_step("ConvVAE sigma", x, np.zeros(4, "float32"))
    assert all(np.isfinite(w).all() for w in weights_of(model))
    untouched = [w.numpy() for w in build("ConvVAE sigma").trainable_variables]
    assert all(np.array_equal(a, b) for a, b in zip(weights, untouched, strict=True))


@pytest.mark.parametrize("likelihood", ["gaussian", "sigma", "bernoulli"])
def test_a_vae_without_kl_and_noise_is_the_autoencoder(likelihood, noise_off):
    shape = (12, 12, 1)
    vae = VAE(shape, 3, beta=0.0, likelihood=likelihood, widths=(4,), seed=0)
    # The autoencoder is given the VAE's decoder, and the half of its encoder that makes the mean.
    mean_only = keras.Model(vae.encoder.input, vae.encoder.outputs[0])
    encoder, decoder = keras.models.clone_model(mean_only), keras.models.clone_model(vae.decoder)
    encoder.set_weights(mean_only.get_weights())
    decoder.set_weights(vae.decoder.get_weights())
    ae = Autoencoder(encoder=encoder, decoder=decoder, likelihood=likelihood)
    x = examples(shape, 32)
    losses = [
        compiled(model, keras.optimizers.SGD(1e-3)).fit(
            x, batch_size=8, epochs=2, shuffle=False, verbose=0
        )
        for model in (ae, vae)
    ]
    np.testing.assert_allclose(losses[1].history["loss"], losses[0].history["loss"], rtol=1e-4)
    codes = vae.code_whitener.restore(vae.encode(x))
    np.testing.assert_allclose(codes, ae.encode(x), atol=1e-4)
    np.testing.assert_allclose(vae.reconstruct(x), ae.reconstruct(x), atol=1e-4)


@pytest.mark.parametrize("name", ["VAE of vectors", "ConvVAE sigma", "ConvVAE free bits"])
def test_the_kl_that_is_logged_is_the_kl_without_beta(name):
    model = compiled(build(name, beta=7.0), run_eagerly=True)
    x = examples(model.input_shape, 8)
    logged = model.evaluate(x, verbose=0, return_dict=True)
    posterior = model.encode_distribution(x)
    mean, log_var = (np.float64(v) for v in (posterior.mean, posterior.log_var))
    kl = 0.5 * (mean**2 + np.exp(log_var) - log_var - 1)
    assert logged["kl_loss"] == pytest.approx(kl.sum(-1).mean(), rel=1e-4)
    # Each unit pays for max(kl, λ).
    pays = np.maximum(kl, model.free_bits).sum(-1).mean()
    expected = logged["reconstruction_loss"] + 7.0 * pays
    assert logged["loss"] == pytest.approx(expected, rel=1e-5)


def test_free_bits_leave_no_gradient_on_units_below_them(noise_off):
    # All units of an untrained model spend less than 50 nats: nothing pulls on log σ² any more.
    model = build("ConvVAE free bits", free_bits=50.0)
    compiled(model, keras.optimizers.SGD(0.1), run_eagerly=True)
    head = model.encoder.get_layer("log_var")
    before = head.get_weights()
    model.train_on_batch(examples(model.input_shape, 8))
    assert all(np.array_equal(a, b) for a, b in zip(head.get_weights(), before, strict=True))


def reconstruction_by_hand(likelihood, raw, x, scale=1.0):
    """−log p(x|z) in float64, entry by entry."""
    if likelihood == "gaussian":
        return (x - (raw + 0.5)) ** 2 / (2 * scale**2) + 0.5 * math.log(2 * math.pi * scale**2)
    cross_entropy = np.log1p(np.exp(raw)) - x * raw
    if likelihood == "continuous_bernoulli":
        constant = np.where(np.abs(raw) < 1e-6, 2.0, raw / np.tanh(raw / 2))
        cross_entropy = cross_entropy - np.log(constant)
    return cross_entropy


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli", "continuous_bernoulli"])
def test_the_reconstruction_loss_is_in_nats_per_example(likelihood):
    changes = {"scale": 0.2} if likelihood == "gaussian" else {}
    model = compiled(build("ConvAE", likelihood=likelihood, **changes), run_eagerly=True)
    x = examples(model.input_shape, 8)
    raw = np.float64(model.decoder(model.encoder(x)))
    by_hand = reconstruction_by_hand(likelihood, raw, np.float64(x), 0.2).sum((1, 2, 3)).mean()
    assert loss_of(model, x) == pytest.approx(by_hand, rel=1e-4)


def test_sigma_is_the_error_of_the_training_batches():
    model = compiled(build("ConvAE", likelihood="sigma"), keras.optimizers.SGD(0.0))
    x = examples(model.input_shape, 8)
    model.fit(x, batch_size=8, verbose=0)
    mse = np.mean((x - (np.float64(model.decoder(model.encoder(x))) + 0.5)) ** 2)
    assert float(model.optimal_scale.variance) == pytest.approx(mse, rel=1e-4)
    # At the optimum each entry costs ½ (log 2πσ² + 1).
    by_hand = 0.5 * x[0].size * (math.log(2 * math.pi * mse) + 1)
    assert loss_of(model, x) == pytest.approx(by_hand, rel=1e-4)


def test_evaluation_leaves_sigma_as_it_was():
    model = quiet("ConvVAE sigma")
    model.evaluate(examples(model.input_shape, 8), verbose=0)
    assert float(model.optimal_scale.variance) == 1.0


@pytest.mark.parametrize("network", fast(["conv", "mlp"], ["conv"]))
@pytest.mark.parametrize("image", [0.0, 1.0])
def test_constant_images_train_without_nan(network, image):
    model = compiled(build("ConvVAE sigma" if network == "conv" else "VAE of images, dense"))
    x = np.full((16, *model.input_shape), image, "float32")
    history = model.fit(x, batch_size=4, epochs=5, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert all(np.isfinite(w).all() for w in weights_of(model))


@pytest.mark.parametrize("likelihood", ["gaussian", "sigma"])
@pytest.mark.parametrize("size", fast([1e3, 1e6], [1e6]))
def test_huge_inputs_train_without_nan(likelihood, size):
    model = compiled(build("VAE of vectors", likelihood=likelihood))
    x = size * examples(model.input_shape, 32)
    history = model.fit(x, batch_size=8, epochs=3, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    log_var = model.encode_distribution(x).log_var
    assert np.abs(log_var).max() <= 20.0 + 1e-4


@pytest.mark.parametrize("value", [-1e9, -30.0, -9.0, 0.0, 9.0, 30.0, 1e9])
def test_the_log_variance_is_bounded_and_left_alone_within(value):
    data = keras.Input((3,))
    constant = keras.initializers.Constant(value)
    heads = [
        layers.Dense(2, kernel_initializer="zeros", bias_initializer=b)(data)
        for b in ("zeros", constant)
    ]
    z = keras.Input((2,))
    model = VAE(encoder=keras.Model(data, heads), decoder=keras.Model(z, layers.Dense(3)(z)))
    log_var = float(model.posterior(np.zeros((1, 3), "float32")).log_var[0, 0])
    expected = value if abs(value) < 10 else math.copysign(20.0, value)
    assert log_var == pytest.approx(expected, abs=1e-4)


class TestLinearGaussian:
    """x = W z + b + σ ε with z from N(0, I): log p(x), the posterior and the ELBO are known."""

    W = np.array([[1.0, 1.0], [1.0, -1.0], [1.0, 0.0], [-0.5, 0.25]])
    W[:, 1] -= W[:, 0] * (W[:, 0] @ W[:, 1]) / (W[:, 0] @ W[:, 0])  # Orthogonal columns.
    B = np.array([0.5, -0.5, 0.0, 1.0])
    SIGMA = 0.7
    X = np.array([1.0, -2.0, 0.3, 0.8])

    @property
    def posterior_variance(self):
        # (I + WᵀW / σ²)⁻¹, diagonal as the columns are orthogonal.
        return 1 / (1 + np.sum(self.W**2, axis=0) / self.SIGMA**2)

    def log_evidence(self):
        covariance = self.W @ self.W.T + self.SIGMA**2 * np.eye(4)
        error = self.X - self.B
        quadratic = error @ np.linalg.solve(covariance, error)
        return -0.5 * (quadratic + np.linalg.slogdet(2 * math.pi * covariance)[1])

    def model(self, mean_shift, variance_factor):
        """A VAE whose posterior is the true one, shifted and widened."""
        data, z = keras.Input((4,)), keras.Input((2,))
        mean, log_var, decode = layers.Dense(2), layers.Dense(2), layers.Dense(4)
        encoder = keras.Model(data, [mean(data), log_var(data)])
        decoder = keras.Model(z, decode(z))
        kernel = self.W * self.posterior_variance / self.SIGMA**2
        mean.set_weights([kernel, -self.B @ kernel + mean_shift])
        log_var.set_weights([np.zeros((4, 2)), np.log(self.posterior_variance * variance_factor)])
        decode.set_weights([self.W.T, self.B])
        vae = VAE(encoder=encoder, decoder=decoder, likelihood="gaussian", scale=self.SIGMA)
        vae.compile()
        return vae

    def negative_elbo(self, mean_shift, variance_factor):
        mean = self.W.T @ (self.X - self.B) * self.posterior_variance / self.SIGMA**2 + mean_shift
        variance = self.posterior_variance * variance_factor
        squared = np.sum((self.X - self.B - self.W @ mean) ** 2) + np.sum(self.W**2 @ variance)
        reconstruction = squared / (2 * self.SIGMA**2)
        reconstruction += 2 * math.log(2 * math.pi * self.SIGMA**2)
        return reconstruction + 0.5 * np.sum(mean**2 + variance - np.log(variance) - 1)

    @pytest.mark.parametrize(("shift", "factor"), [(0.0, 1.0), (0.3, 1.0), (0.0, 3.0)])
    def test_the_loss_is_the_negative_elbo(self, shift, factor):
        # 50,000 draws in one batch: a standard error of less than 0.01 nats of about 8.
        x = np.broadcast_to(self.X.astype("float32"), (50_000, 4))
        loss = loss_of(self.model(shift, factor), x, batch_size=50_000)
        assert loss == pytest.approx(self.negative_elbo(shift, factor), abs=0.04)
        # The bound: tight at the true posterior, and only there.
        gap = loss + self.log_evidence()
        if (shift, factor) == (0.0, 1.0):
            assert gap == pytest.approx(0.0, abs=0.04)
        else:
            assert gap > 0.1

    def test_the_gap_is_the_kl_to_the_true_posterior(self):
        log_var = np.log(self.posterior_variance).astype("float32")[None]
        truth = DiagonalNormal(np.zeros((1, 2), "float32"), log_var)
        shifted = DiagonalNormal(np.full((1, 2), 0.3), log_var + np.float32(math.log(2)))
        gap = self.negative_elbo(0.3, 2.0) + self.log_evidence()
        assert float(shifted.kl(truth)[0]) == pytest.approx(gap, rel=1e-4)
