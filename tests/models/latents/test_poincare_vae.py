import keras
import numpy as np
import pytest
from scipy import stats

from keras_genae import VAE, PoincareVAE
from keras_genae.evaluation import elbo, log_likelihood, rate
from keras_genae.models.latents.poincare_vae import held

X = np.random.default_rng(0).normal(size=(30, 6)).astype("float32")


class Plain(VAE):
    WHITENS = False

    def heads(self, x, training=False):
        mean, log_var = super().heads(x, training)
        return mean, held(log_var)


def build(model_class=PoincareVAE, **options):
    keras.utils.set_random_seed(0)
    model = model_class((6,), **{"latent_dim": 2, "widths": (8,), "seed": 0, **options})
    model.compile(keras.optimizers.SGD(1e-3), run_eagerly=True)
    return model


def test_in_almost_flat_space_it_is_the_vae():
    model, plain = build(curvature=1e-6), build(Plain)
    np.testing.assert_allclose(
        log_likelihood(model, X, num_samples=7), log_likelihood(plain, X, num_samples=7), rtol=1e-3
    )
    np.testing.assert_allclose(2.0 * model.encode(X), plain.encode(X), atol=1e-3)
    np.testing.assert_allclose(model.reconstruct(X), plain.reconstruct(X), atol=1e-3)
    np.testing.assert_allclose(
        rate(model, X[:3], num_samples=4000), rate(plain, X[:3]), rtol=0.05, atol=0.05
    )


def test_codes_and_samples_lie_in_the_ball_and_the_prior_is_its_own():
    model = build(curvature=2.0)
    drawn = model.draw_latents(20_000, np.random.default_rng(0), temperature=1.0)
    for z in (drawn, model.encode(X)):
        assert np.linalg.norm(z, axis=1).max() < 2.0**-0.5
    np.testing.assert_allclose(drawn.std(axis=0), model.density().stddev, rtol=0.03)
    usual = model.plausibility(drawn[:2000])
    assert stats.kstest(usual, "uniform").statistic < 0.05
    outside = np.array([[3.0, 4.0]], "float32")
    assert np.isfinite(model.decode(outside)).all()
    assert np.all(
        elbo(model, X[:3], num_samples=1000) < log_likelihood(model, X[:3], num_samples=1000)
    )


def test_the_curvature_changes_the_loss():
    losses = {
        build(curvature=c).evaluate(X, verbose=0, return_dict=True)["loss"] for c in (0.5, 1.0)
    }
    assert len(losses) == 2
    for curvature in (0.0, -1.0, float("inf")):
        with pytest.raises(ValueError, match="`curvature` must be a number above 0"):
            build(curvature=curvature)


@pytest.mark.parametrize("log_var", [-40.0, 40.0])
def test_no_posterior_is_cheaper_than_the_prior(log_var):
    # At the rim, as narrow or as wide as it goes: the density at a point that float32 rounded, or
    # that the rim stopped, once said −10⁷ nats.
    model = build(latent_dim=10)
    for name, value in (("mean", 50.0), ("log_var", log_var)):
        kernel, bias = model.encoder.get_layer(name).get_weights()
        model.encoder.get_layer(name).set_weights([0.0 * kernel, 0.0 * bias + value])
    assert np.all(rate(model, X[:3], num_samples=200) > 0.0)
