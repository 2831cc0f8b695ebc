import re

import keras
import numpy as np
import pytest
from sample_data import blobs

from keras_genae import VAE, Autoencoder, ConvVAE
from keras_genae.distributions import DiagonalNormal
from keras_genae.training import CollapseMonitor

X = blobs(128, (12, 12, 1))


def train(epochs, patience=2, latent_dim=3, **arguments):
    model = ConvVAE((12, 12, 1), latent_dim, widths=(8, 16), seed=0, **arguments)
    model.compile(optimizer=keras.optimizers.Adam(5e-3))
    monitor = CollapseMonitor(X, patience=patience)
    history = model.fit(X, epochs=epochs, batch_size=16, verbose=0, callbacks=[monitor]).history
    return monitor, history


def test_a_collapsed_model_is_reported_with_what_helps(capsys):
    monitor, history = train(epochs=16, beta=1000.0)
    assert history["active_units"][-4:] == [0, 0, 0, 0]
    assert monitor.dead_units().all()
    printed = capsys.readouterr().out
    # Once after `patience` epochs, not after each, and once at the end.
    assert printed.count("CollapseMonitor:") == 2
    (reported,) = map(int, re.findall(r"epoch (\d+):", printed))
    assert history["active_units"][reported - 2 : reported] == [0, 0] and reported < 16
    assert "3 of 3 latent units are dead (0, 1, 2)" in printed
    assert "hardly better than the mean image" in printed
    assert "KLAnnealing" in printed and "free_bits" in printed


@pytest.mark.slow
def test_a_healthy_model_is_left_in_peace(capsys):
    monitor, history = train(epochs=40, latent_dim=2, beta=0.1, likelihood="bernoulli")
    assert history["active_units"][-1] == 2
    assert "none of the 2 latent units is dead" in monitor.verdict()
    error, mean_error = monitor.errors()
    assert error < 0.5 * mean_error
    assert capsys.readouterr().out == ""


def test_the_errors_are_those_of_the_reconstructions_and_of_the_mean_image():
    monitor, _ = train(epochs=1)
    error, mean_error = monitor.errors()
    assert error == pytest.approx(np.mean((X - monitor.model.reconstruct(X)) ** 2), rel=1e-5)
    assert mean_error == pytest.approx(np.mean((X - X.mean(0)) ** 2), rel=1e-5)


def test_bytes_are_measured_like_floats():
    monitor, _ = train(epochs=1)
    as_floats = monitor.errors()
    monitor.x = np.round(X * 255).astype("uint8")
    np.testing.assert_allclose(monitor.errors(), as_floats, rtol=0.01)


def test_some_dead_units_are_named_while_the_others_work(monkeypatch):
    monitor, _ = train(epochs=1)
    monkeypatch.setattr(monitor, "dead_units", lambda: np.array([False, True, False]))
    monkeypatch.setattr(monitor, "errors", lambda: (0.1, 1.0))
    verdict = monitor.verdict()
    assert "1 of 3 latent units are dead (1)" in verdict
    assert "`latent_dim=2` would do as well" in verdict


def test_where_all_units_are_dead_no_model_without_units_is_advised(monkeypatch):
    monitor, _ = train(epochs=1)
    monkeypatch.setattr(monitor, "dead_units", lambda: np.array([True, True, True]))
    for errors in ((0.1, 1.0), (1.0, 1.0)):
        monkeypatch.setattr(monitor, "errors", lambda errors=errors: errors)
        assert "free_bits" in monitor.verdict() and "latent_dim" not in monitor.verdict()


def test_small_codes_that_carry_many_nats_are_not_dead(capsys, rng):
    model = VAE((3,), latent_dim=3, widths=(4,), seed=0)
    model.compile(keras.optimizers.SGD(0.0))
    codes = rng.normal(0, 0.03, (256, 3)).astype("float32")
    posterior = DiagonalNormal(codes, np.full_like(codes, -9.0))
    assert np.mean(posterior.kl()) > 11.0
    model.encode_distribution = lambda x, verbose: posterior
    monitor = CollapseMonitor(codes, patience=1)
    history = model.fit(codes, epochs=1, verbose=0, callbacks=[monitor]).history
    # The paper's measure is made for codes as wide as N(0, I).
    assert history["active_units"] == [0]
    assert not monitor.dead_units().any() and capsys.readouterr().out == ""


@pytest.mark.parametrize("x", [X[:1], np.repeat(X[:1], 5, axis=0), np.zeros_like(X[:5])])
def test_examples_that_are_all_the_same_are_said_to_show_nothing(x, capsys, recwarn):
    model = ConvVAE((12, 12, 1), latent_dim=2, widths=(4,), seed=0)
    model.compile()
    history = model.fit(x, epochs=3, verbose=0, callbacks=[CollapseMonitor(x, patience=1)]).history
    printed = capsys.readouterr().out
    assert printed.count("CollapseMonitor:") == 1 and f"Received: {len(x)} of them" in printed
    assert history["active_units"] == [0, 0, 0]
    assert not recwarn


def test_a_model_without_a_posterior_is_an_error():
    model = Autoencoder((12, 12, 1), latent_dim=2, widths=(4,))
    model.compile()
    with pytest.raises(ValueError, match="watches the posterior of a VAE"):
        model.fit(X, verbose=0, callbacks=[CollapseMonitor(X)])
