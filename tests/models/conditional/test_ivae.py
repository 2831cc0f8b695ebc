"""IVAE: a prior for each label, and units that are the sources."""

import keras
import numpy as np
import pytest
from keras import layers
from zoo import compiled, examples

from keras_genae import IVAE, VAE
from keras_genae.datasets import draw_sources
from keras_genae.evaluation import elbo, mean_correlation

X = examples((6,), 12)
U = np.arange(12) % 4


def model_of(**arguments):
    keras.utils.set_random_seed(0)
    arguments = {"classes": 4, "widths": (5,), "seed": 0, **arguments}
    model = IVAE((6,), 2, likelihood="gaussian", **arguments)
    return compiled(model, keras.optimizers.SGD(1e-2), run_eagerly=True)


def scores(model, u=U):
    return model.evaluate(X, u, verbose=0, return_dict=True)


def test_the_kl_is_to_the_prior_of_the_label():
    model = model_of(beta=2.0)
    logs = scores(model)
    posterior = model.encode_distribution(X, U)
    mean, log_var = (np.float64(a) for a in model.prior_network(np.eye(4)[U]))
    squared = (np.float64(posterior.mean) - mean) ** 2 + np.exp(np.float64(posterior.log_var))
    kl = 0.5 * (squared * np.exp(-log_var) - 1 + log_var - np.float64(posterior.log_var)).sum(1)
    assert logs["kl_loss"] == pytest.approx(kl.mean(), rel=1e-4)
    expected = logs["reconstruction_loss"] + 2.0 * kl.mean()
    assert logs["loss"] == pytest.approx(expected, rel=1e-5)


def test_with_a_prior_that_does_not_listen_it_is_a_vae(noise_off):
    model = model_of()
    *rest, mean, mean_bias, log_var, log_var_bias = model.prior_network.get_weights()
    silent = [0 * weight for weight in (mean, mean_bias, log_var, log_var_bias)]
    model.prior_network.set_weights([*rest, *silent])
    plain = VAE((6,), 2, likelihood="gaussian", widths=(5,), seed=0)
    plain.code_whitener = None
    compiled(plain, run_eagerly=True)
    plain.decoder.set_weights(model.decoder.get_weights())
    kernel, bias, *rest = model.encoder.get_weights()
    # An encoder that does not listen either.
    model.encoder.set_weights([np.concatenate([kernel[:6], 0 * kernel[6:]]), bias, *rest])
    plain.encoder.set_weights([kernel[:6], bias, *rest])
    ours, theirs = scores(model), plain.evaluate(X, verbose=0, return_dict=True)
    for name, value in theirs.items():
        assert ours[name] == pytest.approx(value, rel=1e-5)


def test_the_prior_learns_and_the_decoder_sees_z_alone():
    model = model_of()
    before = model.prior_network.get_weights()
    model.fit(X, U, verbose=0)
    after = model.prior_network.get_weights()
    assert all(np.any(a != b) for a, b in zip(before, after, strict=True))
    z = model.encode(X, U)
    assert len(model.decoder.inputs) == 1
    np.testing.assert_array_equal(model.decode(z), model.decode(z, U))
    np.testing.assert_allclose(model.reconstruct(X, U), model.decode(z), atol=1e-6)


def test_samples_come_from_the_prior_of_the_label():
    model = model_of()
    z = model.draw_latents(4000, np.random.default_rng(0), 1.0, label=2)
    mean, log_var = (np.asarray(a)[0] for a in model.prior_network(np.eye(4)[2:3]))
    np.testing.assert_allclose(z.mean(0), mean, atol=0.1)
    np.testing.assert_allclose(z.std(0), np.exp(0.5 * log_var), rtol=0.1)
    np.testing.assert_array_equal(model.draw_latents(1, np.random.default_rng(0), 0.0, 2)[0], mean)
    assert np.any(model.sample(3, seed=0, label=1) != model.sample(3, seed=0, label=2))
    assert model.variations(X[:2], 3, seed=0, label=U[:2]).shape == (2, 3, 6)
    with pytest.raises(ValueError, match="another one for each label"):
        model.prior_log_prob(z)
    with pytest.raises(ValueError, match="asks for a label"):
        elbo(model, X)


def test_the_label_and_each_argument_change_the_loss():
    loss = scores(model_of())["loss"]
    assert scores(model_of(), (U + 1) % 4)["loss"] != loss
    assert scores(model_of(beta=0.5))["loss"] != loss
    assert scores(model_of(prior_network=own_prior()))["loss"] != loss
    assert scores(model_of(classes=None, attributes=3), np.ones((12, 3)))["loss"] != loss


def own_prior(units=2):
    u = keras.Input((4,))
    return keras.Model(u, [layers.Dense(units)(u), layers.Dense(units)(u)])


def test_a_prior_network_of_ones_own_is_saved(tmp_path):
    model = model_of(prior_network=own_prior())
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        loaded.sample(3, label=1, seed=0), model.sample(3, label=1, seed=0)
    )
    with pytest.raises(ValueError, match=r"each \(batch, 2\)"):
        model_of(prior_network=own_prior(units=3))


@pytest.mark.slow
def test_its_units_are_the_sources_where_those_of_a_vae_are_not():
    x, segment, truth = draw_sources()
    scores = {}
    for model_class, data, side in ((IVAE, (x, segment), {"classes": 40}), (VAE, (x,), {})):
        found = []
        for seed in range(3):
            keras.utils.set_random_seed(seed)
            model = model_class((4,), 4, widths=(64, 64), seed=seed, **side)
            compiled(model, keras.optimizers.Adam(2e-3))
            history = model.fit(*data, epochs=30, batch_size=100, verbose=0).history
            found.append((history["loss"][-1], mean_correlation(model.encode(*data), truth)))
        # Of several starts the one that explains the data best: the sources are not looked at.
        scores[model_class] = min(found)[1]
    assert scores[IVAE] > 0.9
    assert scores[VAE] < scores[IVAE] - 0.15
