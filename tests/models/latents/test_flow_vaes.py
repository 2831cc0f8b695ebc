import keras
import numpy as np
import pytest

from keras_genae import IAFVAE, VAE, PlanarFlowVAE, RadialFlowVAE
from keras_genae.evaluation import elbo, log_likelihood, rate

X = np.random.default_rng(0).normal(size=(30, 6)).astype("float32")
FLOWS = pytest.mark.parametrize("model_class", [PlanarFlowVAE, RadialFlowVAE, IAFVAE])


class Plain(VAE):
    WHITENS = False


def build(model_class, **options):
    keras.utils.set_random_seed(0)
    model = model_class((6,), latent_dim=2, widths=(8,), seed=0, **options)
    model.compile(keras.optimizers.SGD(1e-3), run_eagerly=True)
    return model


@FLOWS
def test_a_flow_of_length_0_is_the_vae(model_class):
    model, plain = build(model_class, length=0), build(Plain)
    logs = [m.fit(X, epochs=2, shuffle=False, verbose=0).history for m in (model, plain)]
    assert logs[0] == logs[1]
    for a, b in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(
        log_likelihood(model, X, num_samples=5), log_likelihood(plain, X, num_samples=5)
    )


@FLOWS
def test_the_loss_is_the_negative_elbo_at_the_draw(model_class):
    model = build(model_class, length=3)
    logs = model.evaluate(X, verbose=0, return_dict=True)
    z, log_q = model.posterior(X).sample_and_log_prob(model.evaluation_noise.seeds(len(X)))
    log_prior = -0.5 * np.sum(np.square(z), axis=1) - np.log(2.0 * np.pi)
    assert logs["kl_loss"] == pytest.approx(np.mean(log_q - log_prior), rel=1e-4)
    assert logs["loss"] == pytest.approx(logs["kl_loss"] + logs["reconstruction_loss"], rel=1e-5)


@FLOWS
def test_the_bound_and_the_estimate_of_the_likelihood_agree(model_class):
    model = build(model_class, length=2)
    # Over 2,000 draws the bound lies below the estimate, and with a posterior this good little.
    bound, estimate = (
        elbo(model, X[:4], num_samples=2000),
        log_likelihood(model, X[:4], num_samples=2000),
    )
    assert np.all(bound < estimate)
    np.testing.assert_allclose(
        log_likelihood(model, X, num_samples=1), elbo(model, X, num_samples=1), rtol=1e-4
    )
    assert np.isfinite(rate(model, X)).all()


@FLOWS
def test_all_of_the_flow_and_the_context_learn(model_class):
    model = build(model_class, length=2)
    before = [w.numpy() for w in model.trainable_variables]
    # The first step of a network that begins with zeros at its end moves nothing but that end.
    model.fit(X, epochs=2, batch_size=16, verbose=0)
    moved = {
        w.path: not np.array_equal(w.numpy(), old)
        for w, old in zip(model.trainable_variables, before, strict=True)
    }
    assert all(moved.values()), moved


def test_the_arguments_change_the_loss():
    losses = []
    for options in ({}, {"length": 3}, {"width": 32}):
        model = build(IAFVAE, **options)
        model.fit(X, batch_size=16, verbose=0)
        losses.append(model.evaluate(X, verbose=0, return_dict=True)["loss"])
    assert len(set(losses)) == 3
    with pytest.raises(ValueError, match="`length` must be a whole number of at least 0"):
        PlanarFlowVAE((6,), latent_dim=2, length=-1)
    with pytest.raises(ValueError, match="free_bits"):
        IAFVAE((6,), latent_dim=2, free_bits=0.1)
