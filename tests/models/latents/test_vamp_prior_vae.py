import keras
import numpy as np
import pytest
from scipy import stats

from keras_genae import VAE, VampPriorVAE
from keras_genae.evaluation import elbo, log_likelihood

X = np.random.default_rng(0).normal(size=(30, 6)).astype("float32")


class Plain(VAE):
    WHITENS = False


def build(model_class=VampPriorVAE, **options):
    keras.utils.set_random_seed(0)
    model = model_class((6,), latent_dim=2, widths=(8,), seed=0, **options)
    model.compile(keras.optimizers.SGD(1e-3), run_eagerly=True)
    return model


def test_one_component_that_is_standard_normal_is_the_vae():
    model, plain = build(components=1), build(Plain)
    # The biases are 0, so that an input of zeros has the posterior N(0, I).
    model.given_inputs.assign(np.zeros((1, 6)))
    np.testing.assert_allclose(
        log_likelihood(model, X, num_samples=7), log_likelihood(plain, X, num_samples=7), rtol=1e-6
    )
    np.testing.assert_allclose(model.log_weights(X, 3), plain.log_weights(X, 3), rtol=1e-5)
    many = np.repeat(X[:2], 4000, axis=0)
    found, exact = (
        m.evaluate(many, batch_size=8000, verbose=0, return_dict=True) for m in (model, plain)
    )
    assert found["reconstruction_loss"] == pytest.approx(exact["reconstruction_loss"], rel=1e-6)
    assert found["kl_loss"] == pytest.approx(exact["kl_loss"], abs=0.04)  # 8,000 draws.
    z = np.random.default_rng(1).normal(size=(5, 2))
    np.testing.assert_allclose(model.prior_log_prob(z), plain.prior_log_prob(z), rtol=1e-5)


def test_the_prior_is_the_mixture_of_the_posteriors_of_the_pseudo_inputs():
    model = build(components=4)
    posterior = model.encode_distribution(np.array(model.pseudo_inputs))
    z = np.random.default_rng(1).normal(size=(9, 2)).astype("float32")
    components = [
        stats.norm(mean, np.exp(0.5 * log_var)).logpdf(z).sum(axis=1)
        for mean, log_var in zip(posterior.mean, posterior.log_var, strict=True)
    ]
    expected = np.logaddexp.reduce(components, axis=0) - np.log(4)
    np.testing.assert_allclose(model.prior.log_prob(z), expected, rtol=1e-5)
    # And `sample`, `plausibility` and `prior_log_prob` go by it.
    np.testing.assert_allclose(model.prior_log_prob(z), expected, rtol=1e-4)
    drawn = model.draw_latents(50_000, np.random.default_rng(0), temperature=1.0)
    np.testing.assert_allclose(drawn.std(axis=0), model.density().stddev, rtol=0.02)
    usual = model.plausibility(drawn[:2000])
    assert stats.kstest(usual, "uniform").statistic < 0.05
    cold = model.draw_latents(50, np.random.default_rng(0), temperature=0.0)
    assert {tuple(row) for row in cold.round(4)} <= {tuple(row) for row in posterior.mean.round(4)}


def test_the_pseudo_inputs_learn_and_those_of_images_stay_images():
    model = VampPriorVAE((8, 8, 1), latent_dim=2, components=3, widths=(4,), seed=0)
    model.compile(keras.optimizers.SGD(100.0), run_eagerly=True)
    images = np.random.default_rng(0).random((16, 8, 8, 1)).astype("float32")
    before = model.given_inputs.numpy()
    model.train_on_batch(images)
    assert np.all(np.any(model.given_inputs.numpy() != before, axis=(1, 2, 3)))
    inputs = np.array(model.pseudo_inputs)
    assert inputs.min() >= 0.0 and inputs.max() <= 1.0


def test_initialise_takes_examples_bytes_and_few_ones_too():
    model = build(components=20)
    model.initialise(X, seed=1)
    rows = {tuple(row) for row in X}
    assert {tuple(row) for row in np.array(model.pseudo_inputs)} <= rows
    model.initialise(X[:3])
    # With the examples themselves as pseudo-inputs the prior is the aggregated posterior, and the
    # rate is what the examples are told apart by: at most log n.
    model = build(components=30)
    model.initialise(X)
    assert np.mean(elbo(model, X, num_samples=500)) > np.mean(
        elbo(build(Plain), X, num_samples=500)
    )
    images = VampPriorVAE((8, 8, 1), latent_dim=2, components=2, widths=(4,), seed=0)
    images.initialise(np.full((4, 8, 8, 1), 255, "uint8"))
    np.testing.assert_array_equal(images.pseudo_inputs, 1.0)
    with pytest.raises(ValueError, match="shape"):
        model.initialise(X[:, :5])


def test_components_change_the_loss():
    losses = {
        build(components=count).evaluate(X, verbose=0, return_dict=True)["loss"]
        for count in (1, 2, 5)
    }
    assert len(losses) == 3
    with pytest.raises(ValueError, match="`components` must be"):
        VampPriorVAE((6,), latent_dim=2, components=0)
