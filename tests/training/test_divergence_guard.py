import math
import re

import keras
import numpy as np
import pytest

from keras_genae import VAE, Autoencoder, ConvVAE
from keras_genae.training import Checkpoint, DivergenceGuard, KLAnnealing, TargetKL

X = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
Adam, SGD = keras.optimizers.Adam, keras.optimizers.SGD
Schedule = keras.optimizers.schedules.ExponentialDecay


def vae(optimizer, **arguments):
    keras.utils.set_random_seed(0)
    model = VAE((8,), **{"latent_dim": 2, "widths": (8,), "seed": 0, **arguments})
    model.compile(optimizer)
    return model


def train(model, guard, epochs=4, x=X, callbacks=(), **arguments):
    options = {"batch_size": 16, "verbose": 0, "shuffle": False, **arguments}
    return model.fit(x, epochs=epochs, callbacks=[*callbacks, guard], **options).history


class Throw(keras.callbacks.Callback):
    """Throws the weights away after a batch (of four) of some epochs, as too long a step does."""

    def __init__(self, *epochs, batch=1):
        super().__init__()
        self.epochs, self.batch, self.is_now = epochs, batch, False

    def on_epoch_begin(self, epoch, logs=None):
        self.is_now = epoch in self.epochs

    def on_train_batch_end(self, batch, logs=None):
        if self.is_now and batch == self.batch:
            for variable in self.model.trainable_variables:
                variable.assign(variable * 100.0)


class Keep(keras.callbacks.Callback):
    """Keeps the weights of each epoch's beginning and end, and the optimizer's."""

    def __init__(self):
        super().__init__()
        self.begun, self.ended = [], []

    def state(self):
        variables = [*self.model.weights, *self.model.optimizer.variables]
        return values({v.path: v for v in variables if v is not self.rate})

    def on_epoch_begin(self, epoch, logs=None):
        self.rate = self.model.optimizer.learning_rate
        self.begun.append(self.state())

    def on_epoch_end(self, epoch, logs=None):
        self.ended.append(self.state())


def values(variables):
    return {path: keras.ops.convert_to_numpy(variable) for path, variable in variables.items()}


def assert_same(a, b):
    assert a.keys() == b.keys()
    for path in a:
        np.testing.assert_array_equal(a[path], b[path], err_msg=path)


@pytest.mark.parametrize(
    ("optimizer", "dtype"),
    [
        (lambda: SGD(100.0), "float32"),
        (lambda: Adam(Schedule(100.0, 1000, 0.9)), "float32"),
        (lambda: Adam(100.0), "mixed_float16"),
        (lambda: SGD(Schedule(100.0, 1000, 0.9)), "mixed_float16"),
    ],
)
def test_a_rate_far_too_high_is_lowered_until_the_model_learns(optimizer, dtype, capsys):
    model = vae(optimizer(), dtype=dtype)
    history = train(model, DivergenceGuard(factor=1e-4), epochs=6)
    assert history["loss"][-1] < 14.0
    factor = history["learning_rate_factor"]
    assert factor == sorted(factor, reverse=True) and factor[-1] <= 1e-4
    assert float(model.optimizer.learning_rate) == pytest.approx(100.0 * factor[-1], rel=0.05)
    printed = capsys.readouterr().out
    assert re.search(r"epoch 1: the loss is \S+, that of the first batch was \d+", printed)
    assert "Back to the start, and on with 0.0001 times your learning rate" in printed


@pytest.mark.parametrize(("batch", "back_to"), [(1, 3), (3, 2)])
def test_it_goes_back_to_weights_and_optimizer_of_the_last_good_epoch(batch, back_to, capsys):
    # Thrown away by the last batch of an epoch, the weights still leave its mean loss as it was:
    # the next epoch starts lost, and this one's end is not gone back to.
    thrown = 3 if batch == 1 else 2
    keep, model = Keep(), vae(Adam(0.01))
    history = train(model, DivergenceGuard(), 5, callbacks=[keep, Throw(thrown, batch=batch)])
    assert history["learning_rate_factor"] == [1, 1, 1, 0.5, 0.5]
    assert not history["loss"][3] < 200.0 and history["loss"][4] < 15.0
    assert_same(keep.begun[back_to], keep.begun[4])
    assert f"Back to the end of epoch {back_to}" in capsys.readouterr().out
    assert float(model.optimizer.learning_rate) == pytest.approx(0.005)


class Raise(keras.callbacks.Callback):
    """Raises the loss by a bias of the decoder's output, from some epoch on."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.model.decoder.weights[-1].assign(np.full(8, 3.0, "float32"))


def test_a_loss_that_stays_somewhat_above_the_untrained_ones_is_given_three_epochs(capsys):
    # Nothing is learnt: 8 entries of error 3 add 36 nats to the 14 of the start.
    model = vae(SGD(0.0), likelihood="gaussian")
    history = train(model, DivergenceGuard(), 6, callbacks=[Raise()])
    assert history["loss"][1] == pytest.approx(history["loss"][0] + 36.0, abs=6.0)
    assert history["learning_rate_factor"] == [1, 1, 1, 0.5, 0.5, 0.5]
    assert history["loss"][4] == pytest.approx(history["loss"][0], abs=1.0)
    assert "Back to the start" in capsys.readouterr().out


def test_several_returns_in_a_row_lower_the_rate_each_time():
    model, keep = vae(Adam(0.01)), Keep()
    history = train(model, DivergenceGuard(), 5, callbacks=[keep, Throw(1, 2, 3)])
    assert history["learning_rate_factor"] == [1, 0.5, 0.25, 0.125, 0.125]
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01 / 8)
    for epoch in (2, 3, 4):
        assert_same(keep.begun[epoch], keep.begun[1])


def test_a_run_that_lower_rates_do_not_help_is_stopped_at_the_good_state(capsys):
    model, keep, guard = vae(SGD(0.01)), Keep(), DivergenceGuard()
    history = train(model, guard, 50, callbacks=[keep, Throw(*range(50))])
    assert len(history["loss"]) == guard.MOST_RETURNS + 1
    assert "training stops, back to the start" in capsys.readouterr().out
    final = values({v.path: v for v in model.weights})
    assert_same(final, {path: keep.begun[0][path] for path in final})


def test_a_loss_that_is_nan_from_the_first_batch_on_is_no_matter_of_the_rate(capsys):
    model = vae(Adam(0.01))
    model.decoder.weights[-1].assign(np.full(8, np.nan))
    history = train(model, DivergenceGuard(), 5)
    assert len(history["loss"]) == 1
    assert "no matter of the learning rate" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "callbacks"),
    [
        # The loss is negative, and of another sign than at the start.
        (lambda: vae(Adam(0.02), likelihood="sigma"), []),
        (lambda: vae(Adam(0.02), free_bits=0.5), []),
        (lambda: vae(Adam(0.01), beta=1000.0), []),
        (lambda: vae(Adam(0.01), likelihood="gaussian", scale=1e-3), []),
        # Without a weight the KL grows to many times the loss; then the weight rises.
        (lambda: vae(Adam(0.05)), [KLAnnealing(epochs=20)]),
        (lambda: vae(Adam(0.05)), [KLAnnealing(epochs=20, cycles=5, end=100.0)]),
        (lambda: vae(Adam(0.05)), [KLAnnealing(epochs=1, end=1000.0)]),
        (lambda: vae(Adam(0.05)), [KLAnnealing(epochs=3, start=100.0, end=0.0)]),
        (lambda: vae(Adam(0.05)), [TargetKL(0.1, gain=3.0)]),
        # Steps skipped until the loss scale fits: an epoch has four.
        (lambda: vae(keras.optimizers.LossScaleOptimizer(Adam(0.01), 2.0**40)), []),
        (lambda: vae(Adam(0.01), dtype="mixed_float16"), []),
    ],
)
def test_a_run_that_does_not_diverge_is_left_alone(model, callbacks, capsys):
    history = train(model(), DivergenceGuard(), 24, callbacks=callbacks)
    assert set(history["learning_rate_factor"]) == {1.0}
    assert "DivergenceGuard" not in capsys.readouterr().out


def test_a_run_that_does_not_diverge_is_the_same_as_without_it():
    alone, guarded = vae(Adam(0.01)), vae(Adam(0.01))
    train(guarded, DivergenceGuard(), 3)
    alone.fit(X, batch_size=16, epochs=3, verbose=0, shuffle=False)
    for a, b in zip(alone.weights, guarded.weights, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.slow
@pytest.mark.parametrize("x", [np.zeros((40, 8), "float32"), X[:1], 1e6 * X, 1e-6 * X])
def test_constant_and_single_and_tiny_and_huge_examples_are_left_alone(x):
    history = train(vae(Adam(1e-3)), DivergenceGuard(), 5, x, validation_data=(x[:1],))
    assert set(history["learning_rate_factor"]) == {1.0}


def test_images_and_autoencoders_without_a_kl_are_watched_too(capsys):
    images = np.random.default_rng(0).random((16, 8, 8, 1)).astype("float32")
    for model in (
        ConvVAE((8, 8, 1), latent_dim=2, widths=(4,), seed=0),
        Autoencoder((8, 8, 1), latent_dim=2, widths=(4,), seed=0),
    ):
        model.compile(Adam(0.01))
        history = train(model, DivergenceGuard(), 3, images, callbacks=[Throw(1)], batch_size=4)
        assert history["learning_rate_factor"] == [1.0, 0.5, 0.5]


def resumed(folder, epochs, optimizer):
    keras.utils.set_random_seed(0)
    model, checkpoint = vae(optimizer()), Checkpoint(folder)
    first = checkpoint.restore(model)
    guard = DivergenceGuard(history=checkpoint.history)
    options = {"batch_size": 16, "verbose": 0, "shuffle": False}
    callbacks = [Throw(1), guard, checkpoint]
    model.fit(X, initial_epoch=first, epochs=epochs, callbacks=callbacks, **options)
    return model, checkpoint


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", [lambda: Adam(0.01), lambda: Adam(Schedule(0.01, 1, 0.99))])
def test_a_resumed_run_equals_an_unbroken_one_bit_for_bit(optimizer, tmp_path):
    whole, whole_log = resumed(tmp_path / "whole", 5, optimizer)
    # Broken right after it went back, and later.
    for epochs in (2, 3):
        resumed(tmp_path / "broken", epochs, optimizer)
    model, log = resumed(tmp_path / "broken", 5, optimizer)
    assert log.history == whole_log.history
    assert log.history["learning_rate_factor"] == [1.0, 0.5, 0.5, 0.5, 0.5]
    for a, b in zip(model.weights, whole.weights, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert float(model.optimizer.learning_rate) == float(whole.optimizer.learning_rate)


@pytest.mark.parametrize("factor", [0.0, 1.0, -1.0, math.nan])
def test_a_factor_that_does_not_lower_is_an_error(factor):
    with pytest.raises(ValueError, match="`factor` must be above 0 and below 1"):
        DivergenceGuard(factor)


def test_another_model_is_an_error():
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="Received: a Sequential"):
        model.fit(X, X, verbose=0, callbacks=[DivergenceGuard()])


def test_a_rate_that_cannot_be_lowered_is_said_before_training():
    with pytest.raises(ValueError, match="cannot be lowered"):
        train(vae(SGD(lambda: 0.1)), DivergenceGuard())
