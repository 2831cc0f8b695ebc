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
    """Throws the weights away at the start of an epoch, or after its last batch, as Adam may."""

    def __init__(self, epoch, scale=1e4, at_the_end=False):
        super().__init__()
        self.epoch, self.scale, self.at_the_end = epoch, scale, at_the_end
        self.is_now = False

    def throw(self):
        for variable in self.model.trainable_variables:
            variable.assign(variable * self.scale)

    def on_epoch_begin(self, epoch, logs=None):
        self.is_now = epoch == self.epoch
        if self.is_now and not self.at_the_end:
            self.throw()

    def on_train_batch_end(self, batch, logs=None):
        if self.is_now and self.at_the_end and batch == 3:
            self.throw()


class Keep(keras.callbacks.Callback):
    """Keeps the weights of each epoch's beginning and end, and the optimizer's."""

    def __init__(self):
        super().__init__()
        self.begun, self.ended = [], []

    def state(self):
        variables = [*self.model.weights, *self.model.optimizer.variables]
        return {v.path: np.array(v) for v in variables if v is not self.rate}

    def on_epoch_begin(self, epoch, logs=None):
        self.rate = self.model.optimizer.learning_rate
        self.begun.append(self.state())

    def on_epoch_end(self, epoch, logs=None):
        self.ended.append(self.state())


def assert_same(a, b):
    assert a.keys() == b.keys()
    for path in a:
        np.testing.assert_array_equal(a[path], b[path], err_msg=path)


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: SGD(100.0),
        lambda: SGD(Schedule(100.0, 1000, 0.9)),
        lambda: Adam(100.0),
        lambda: Adam(Schedule(100.0, 1000, 0.9)),
    ],
)
def test_a_rate_far_too_high_is_lowered_until_the_model_learns(optimizer, dtype, capsys):
    model = vae(optimizer(), dtype=dtype)
    history = train(model, DivergenceGuard(factor=0.01), epochs=10)
    assert math.isfinite(history["loss"][-1]) and history["loss"][-1] < 15.0
    factor = history["learning_rate_factor"]
    assert factor == sorted(factor, reverse=True) and factor[-1] <= 0.01
    assert float(model.optimizer.learning_rate) == pytest.approx(100.0 * factor[-1], rel=0.05)
    printed = capsys.readouterr().out
    assert re.search(r"epoch 1: the loss is \S+, that of the first batch was \d+", printed)
    assert "Back to the start, and on with 0.01 times your learning rate" in printed


def test_it_goes_back_to_weights_and_optimizer_of_the_last_good_epoch():
    before, after = Keep(), Keep()
    model = vae(Adam(0.01))
    history = train(model, DivergenceGuard(), 5, callbacks=[before, Throw(3)])
    assert history["learning_rate_factor"] == [1, 1, 1, 0.5, 0.5]
    assert history["loss"][3] > 1e4 and history["loss"][4] < 15.0
    # `Keep` sees the beginning of epoch 3, which is good, before the weights are thrown away.
    model = vae(Adam(0.01))
    train(model, DivergenceGuard(), 5, callbacks=[Throw(3), after])
    assert_same(before.begun[3], after.begun[4])
    assert float(model.optimizer.learning_rate) == pytest.approx(0.005)


def test_weights_lost_by_the_last_batches_of_an_epoch_are_not_gone_back_to():
    keep = Keep()
    history = train(
        vae(Adam(0.01)), DivergenceGuard(), 5, callbacks=[keep, Throw(2, at_the_end=True)]
    )
    # The mean loss of epoch 2 is that of its batches, all good; the next one starts lost.
    assert history["loss"][2] < 15.0 < 1e4 < history["loss"][3]
    assert_same(keep.begun[4], keep.begun[2])


def test_several_returns_in_a_row_lower_the_rate_each_time():
    class ThrowAlways(Throw):
        def on_epoch_begin(self, epoch, logs=None):
            if 1 <= epoch <= 3:
                self.throw()

    model = vae(Adam(0.01))
    history = train(model, DivergenceGuard(), 5, callbacks=[ThrowAlways(0)])
    assert history["learning_rate_factor"] == [1, 0.5, 0.25, 0.125, 0.125]
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01 / 8)


def test_a_run_that_lower_rates_do_not_help_is_stopped_at_the_good_state(capsys):
    model, keep = vae(SGD(0.0)), Keep()
    guard = DivergenceGuard()

    class ThrowAlways(Throw):
        def on_epoch_begin(self, epoch, logs=None):
            self.throw()

    history = train(model, guard, 50, callbacks=[keep, ThrowAlways(0)])
    assert len(history["loss"]) == guard.MOST_RETURNS + 1
    assert "training stops, back to the start" in capsys.readouterr().out
    final = {v.path: np.array(v) for v in model.weights}
    assert_same(final, {path: keep.begun[0][path] for path in final})


def test_a_loss_that_is_nan_from_the_first_batch_on_is_no_matter_of_the_rate(capsys):
    model = vae(Adam(0.01))
    model.encoder.weights[0].assign(np.full(model.encoder.weights[0].shape, np.nan))
    history = train(model, DivergenceGuard(), 5)
    assert len(history["loss"]) == 1
    assert "no matter of the learning rate" in capsys.readouterr().out


def falling_weight():
    return KLAnnealing(epochs=3, start=100.0, end=0.0)


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
        (lambda: vae(Adam(0.05)), [falling_weight()]),
        (lambda: vae(Adam(0.05)), [TargetKL(0.1, gain=3.0)]),
        # Steps skipped until the loss scale fits: an epoch has four.
        (lambda: vae(keras.optimizers.LossScaleOptimizer(Adam(0.01), 2.0**40)), []),
        (lambda: vae(Adam(0.01), dtype="mixed_float16"), []),
    ],
)
def test_a_run_that_does_not_diverge_is_left_alone(model, callbacks, capsys):
    alone, guarded = model(), model()
    history = train(guarded, DivergenceGuard(), 24, callbacks=callbacks)
    assert set(history["learning_rate_factor"]) == {1.0}
    assert "DivergenceGuard" not in capsys.readouterr().out
    alone.fit(X, batch_size=16, epochs=24, verbose=0, shuffle=False, callbacks=callbacks)
    for a, b in zip(alone.weights, guarded.weights, strict=True):
        np.testing.assert_array_equal(np.array(a), np.array(b))


@pytest.mark.parametrize("scale", [0.0, 1e-6, 1e6])
@pytest.mark.parametrize("count", [1, 40])
def test_constant_and_single_and_tiny_and_huge_examples_are_left_alone(scale, count, capsys):
    for x in (np.full((count, 8), scale, "float32"), scale * X[:count]):
        history = train(vae(Adam(1e-3)), DivergenceGuard(), 5, x, validation_data=(x[:1],))
        assert set(history["learning_rate_factor"]) == {1.0}


def test_images_and_autoencoders_without_a_kl_are_watched_too(capsys):
    images = np.random.default_rng(0).random((16, 8, 8, 1)).astype("float32")
    for model in (
        ConvVAE((8, 8, 1), latent_dim=2, widths=(4,), seed=0),
        Autoencoder((8, 8, 1), latent_dim=2, widths=(4,), seed=0),
    ):
        model.compile(Adam(0.01))
        history = train(model, DivergenceGuard(), 3, images, callbacks=[Throw(1)])
        assert history["learning_rate_factor"] == [1.0, 0.5, 0.5]


def resumed(folder, epochs, optimizer, throw_at=1):
    keras.utils.set_random_seed(0)
    model, checkpoint = vae(optimizer()), Checkpoint(folder)
    first = checkpoint.restore(model)
    guard = DivergenceGuard(history=checkpoint.history)
    options = {"batch_size": 16, "verbose": 0, "shuffle": False}
    callbacks = [Throw(throw_at), guard, checkpoint]
    model.fit(X, initial_epoch=first, epochs=epochs, callbacks=callbacks, **options)
    return model, checkpoint


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
        np.testing.assert_array_equal(np.array(a), np.array(b))
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
