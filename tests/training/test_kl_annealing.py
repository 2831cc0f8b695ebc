import itertools
import math

import keras
import numpy as np
import pytest
from sample_data import blobs

from keras_genae import VAE, Autoencoder
from keras_genae.training import KLAnnealing

X = np.random.default_rng(0).normal(size=(32, 8)).astype("float32")


def vae(**arguments):
    model = VAE((8,), latent_dim=2, widths=(8,), seed=0, **arguments)
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    return model


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"epochs": 4}, [0, 0.25, 0.5, 0.75, 1, 1]),
        ({"epochs": 2, "start": 0.5, "end": 4.0}, [0.5, 2.25, 4, 4]),
        ({"epochs": 2, "start": 2.0, "end": 0.0}, [2, 1, 0]),
        ({"epochs": 8, "cycles": 2}, [0, 0.5, 1, 1, 0, 0.5, 1, 1, 1]),
        ({"epochs": 8, "cycles": 2, "start": 1, "end": 3}, [1, 2, 3, 3, 1, 2, 3, 3, 3]),
        ({"epochs": 1}, [0, 1]),
    ],
)
def test_the_weight_of_each_epoch(arguments, expected):
    schedule = KLAnnealing(**arguments)
    assert [schedule.beta_at(epoch) for epoch in range(len(expected))] == pytest.approx(expected)


@pytest.mark.parametrize("cycles", range(1, 9))
def test_every_cycle_rises_and_the_last_ends_at_the_end(cycles):
    for epochs in range(2 * cycles, 20):
        weights = [KLAnnealing(epochs, cycles=cycles).beta_at(epoch) for epoch in range(epochs + 1)]
        falls = sum(b < a for a, b in itertools.pairwise(weights))
        assert falls == cycles - 1
        assert weights[0] == 0.0 and weights[-1] == 1.0 and len(set(weights)) > 1


def test_in_fit_it_moves_beta_and_nothing_is_traced_anew(monkeypatch):
    model, traces = vae(), []
    loss_terms = model.loss_terms

    def counted(*arguments, **options):
        # Python runs while a graph is traced, not while it is executed.
        traces.append(1)
        return loss_terms(*arguments, **options)

    monkeypatch.setattr(model, "loss_terms", counted)
    model.fit(X, epochs=1, batch_size=8, verbose=0)
    once = len(traces)
    schedule = KLAnnealing(epochs=4, end=2.0)
    history = model.fit(X, epochs=6, batch_size=8, verbose=0, callbacks=[schedule]).history
    assert history["beta"] == pytest.approx([0, 0.5, 1, 1.5, 2, 2])
    assert float(model.beta) == 2.0
    assert len(traces) == once > 0
    # The loss that is minimised follows the weight.
    total = (
        np.array(history["reconstruction_loss"]) + np.array(history["beta"]) * history["kl_loss"]
    )
    np.testing.assert_allclose(history["loss"], total, rtol=1e-5)


def test_a_resumed_run_takes_the_weight_of_its_epoch():
    model = vae()
    options = {"initial_epoch": 3, "epochs": 5, "verbose": 0}
    history = model.fit(X, callbacks=[KLAnnealing(epochs=10)], **options).history
    assert history["beta"] == pytest.approx([0.3, 0.4])


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"epochs": 0}, "at least one epoch"),
        ({"epochs": 2, "cycles": 3}, "cycles=3"),
        ({"epochs": 2, "cycles": 0}, "at least one cycle"),
        # A cycle of one epoch would stay at its start, and cycles of 8/7 epochs fall as they go.
        ({"epochs": 8, "cycles": 8}, "`cycles=4` or fewer, or `epochs=16` or more"),
        ({"epochs": 8, "cycles": 7}, "Each cycle needs two epochs"),
        ({"epochs": 3, "cycles": 2}, "`cycles=1` or fewer, or `epochs=4` or more"),
        ({"epochs": math.inf}, "at least one epoch"),
        ({"epochs": math.nan}, "at least one epoch"),
        ({"epochs": 2, "start": -1.0}, "may not be negative"),
        ({"epochs": 2, "start": math.nan}, "finite numbers"),
        ({"epochs": 2, "end": math.nan}, "finite numbers"),
        ({"epochs": 2, "end": math.inf}, "finite numbers"),
    ],
)
def test_an_impossible_schedule_is_an_error(arguments, named):
    with pytest.raises(ValueError, match=named):
        KLAnnealing(**arguments)


def test_a_model_without_beta_is_an_error():
    model = Autoencoder((8, 8, 1), latent_dim=2, widths=(4,))
    model.compile()
    with pytest.raises(ValueError, match=r"train a VAE with it. Received: a Autoencoder"):
        model.fit(blobs(4, (8, 8, 1)), verbose=0, callbacks=[KLAnnealing(epochs=2)])
