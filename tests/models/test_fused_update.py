import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_genae import VAE, ConvVAE
from keras_genae.models import fused_update
from keras_genae.models.fused_update import pays_to_fuse
from keras_genae.training.muon import Muon

X = np.random.default_rng(0).random((420, 6)).astype("float32")


def model(optimizer="adam", seed=0, **options):
    keras.utils.set_random_seed(seed)
    made = VAE((6,), latent_dim=2, widths=(4,), seed=seed)
    made.compile(optimizer() if callable(optimizer) else optimizer, **options)
    return made


def pays(made, **given):
    return pays_to_fuse(made, {"x": X, **given})


@pytest.fixture
def from_700_steps(monkeypatch):
    """Of a model of any size, compiling takes as long as 700 steps save, which is fifty epochs."""
    for name, value in {
        "SAVED_PER_WEIGHT": 0.0,
        "SAVED_PER_STEP": 1.0,
        "COMPILING_PER_VARIABLE": 0.0,
        "COMPILING": 700.0,
        "CAUTION": 1.0,
    }.items():
        monkeypatch.setattr(fused_update, name, value)


def test_only_a_long_run_is_worth_compiling_for(from_700_steps):
    assert pays(model(), epochs=50) and not pays(model(), epochs=49)
    assert not pays(model()) and pays(model(), batch_size=1, epochs=2)


def test_a_run_that_is_resumed_is_made_like_the_unbroken_one(from_700_steps):
    assert pays(model(), epochs=50, initial_epoch=49)


def test_steps_of_sources(from_700_steps):
    batches = tf.data.Dataset.from_tensor_slices(X).batch(32)
    assert pays(model(), x=batches, epochs=50) and not pays(model(), x=batches, epochs=49)
    endless = batches.repeat()
    assert pays(model(), x=endless, epochs=50, steps_per_epoch=14)
    unknown = batches.filter(lambda x: True)
    assert not pays(model(), x=unknown, epochs=1000)


def test_the_more_weights_the_fewer_steps_and_the_more_variables_the_more():
    def least_steps(*widths):
        made = VAE((6,), 2, widths=widths)
        made.compile("adam")
        steps = np.arange(1, 20_000, 20)
        return next(n for n in steps if pays(made, batch_size=420, epochs=int(n)))

    assert least_steps(2000, 2000) < least_steps(1000, 1000) < least_steps(8, 8)
    assert least_steps(8, 8) < least_steps(*[8] * 10)


@pytest.mark.parametrize(
    "options",
    [
        {"jit_compile": True},
        {"jit_compile": False},
        {"run_eagerly": True},
        {"optimizer": lambda: keras.optimizers.SGD(0.1)},
        {"optimizer": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.1))},
    ],
    ids=["XLA", "no XLA", "eager", "SGD", "scaled"],
)
def test_not_where_it_was_said_or_brings_nothing(options):
    assert not pays(model(**options), epochs=100_000)


OPTIMIZERS = {
    "default": None,
    "Adam": lambda: keras.optimizers.Adam(0.01),
    "AdamW": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1),
    "Muon": lambda: Muon(0.01),
    "clipped": lambda: keras.optimizers.Adam(0.01, global_clipnorm=0.1),
    "amsgrad": lambda: keras.optimizers.Adam(0.01, amsgrad=True),
    "accumulated": lambda: keras.optimizers.Adam(0.01, gradient_accumulation_steps=2),
    "averaged": lambda: keras.optimizers.Adam(0.01, use_ema=True, ema_overwrite_frequency=3),
    "scheduled": lambda: keras.optimizers.Adam(
        keras.optimizers.schedules.ExponentialDecay(0.01, 5, 0.5)
    ),
}


@pytest.fixture
def always(monkeypatch):
    """Fuse in the shortest of runs."""
    monkeypatch.setattr(fused_update, "CAUTION", 0.0)


def fitted(optimizer, is_fused, monkeypatch, skip_above=None):
    monkeypatch.setattr(fused_update, "CAUTION", 0.0 if is_fused else 1e9)
    made, seen = model(optimizer), []
    if skip_above is not None:
        made.skip_above = skip_above
        made.skipped_steps = tf.Variable(0)
    look = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: seen.append(made.fuses_update))
    made.fit(X, epochs=2, batch_size=32, verbose=0, shuffle=False, callbacks=look)
    assert seen == [is_fused] * 2 and not made.fuses_update
    return made


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_numbers_are_the_same(name, monkeypatch):
    fused, plain = (fitted(OPTIMIZERS[name], is_fused, monkeypatch) for is_fused in (True, False))
    assert int(fused.optimizer.iterations) == int(plain.optimizer.iterations)
    for ours, theirs in zip(fused.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize("skip_above", [1e9, 1e-9])
def test_steps_are_left_out_as_before(skip_above, monkeypatch):
    adam = OPTIMIZERS["Adam"]
    fused, plain = (fitted(adam, is_fused, monkeypatch, skip_above) for is_fused in (True, False))
    assert int(fused.skipped_steps) == int(plain.skipped_steps) == (28 if skip_above < 1 else 0)
    for ours, theirs in zip(fused.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-2, atol=1e-4)


def test_a_rate_that_is_set_in_between_counts(always):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.optimizer.learning_rate = 0.0
            self.model.predict(X, verbose=0)
            self.model.evaluate(X, verbose=0)
            weights.append(self.model.encoder.get_weights()[0])

    made, weights = model(), []
    made.fit(X, epochs=2, verbose=0, callbacks=Stop(), validation_data=X[:32])
    np.testing.assert_array_equal(weights[0], weights[1])
    made.optimizer.learning_rate = 0.01
    made.train_on_batch(X)
    assert not np.array_equal(made.encoder.get_weights()[0], weights[1])


def test_what_is_frozen_stays(always):
    made = model()
    made.encoder.trainable = False
    made.compile("adam")
    before = made.encoder.get_weights(), made.decoder.get_weights()[0]
    made.fit(X, epochs=1, verbose=0)
    for old, new in zip(before[0], made.encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert not np.array_equal(before[1], made.decoder.get_weights()[0])


def test_rows_that_are_looked_up_can_be_learnt(always):
    # Gradients of an embedding come as rows, which XLA does not know.
    word = keras.Input((5,))
    h = keras.layers.Embedding(10, 4)(word)
    h = keras.layers.Flatten()(h)
    encoder = keras.Model(word, [keras.layers.Dense(2)(h) for _ in range(2)])
    z = keras.Input((2,))
    decoder = keras.Model(z, keras.layers.Dense(5)(z))
    made = VAE(encoder=encoder, decoder=decoder)
    made.compile("adam")
    before = encoder.get_weights()[0]
    made.fit(np.random.default_rng(0).integers(0, 10, (40, 5)) * 1.0, verbose=0)
    assert not np.array_equal(before, encoder.get_weights()[0])


def test_under_a_strategy_each_operation_is_made_by_itself(always):
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        made = model()
    assert not pays(made)
    made.fit(X, verbose=0)


def test_in_half_precision(always):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        made = ConvVAE((8, 8, 1), 2, widths=(4,), seed=0)
    finally:
        keras.config.set_dtype_policy("float32")
    made.compile()
    history = made.fit(X.repeat(11, 1)[:, :64].reshape(-1, 8, 8, 1), epochs=2, verbose=0).history
    assert np.isfinite(history["loss"]).all() and history["loss"][1] < history["loss"][0]
