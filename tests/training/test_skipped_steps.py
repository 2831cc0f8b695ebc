"""Steps whose gradient is too large, or not finite, are left out."""

import keras
import numpy as np
import pytest

from keras_genae import DeepVAE

X = np.random.default_rng(0).random((4, 8, 8, 1)).astype("float32")


def made(skip_above, optimizer=None, **options):
    keras.utils.set_random_seed(0)
    model = DeepVAE((8, 8, 1), 2, widths=(2,), levels=1, skip_above=skip_above, seed=0, **options)
    model.compile(optimizer or keras.optimizers.Adam(0.01), run_eagerly=True)
    return model


def state(model):
    variables = [*model.trainable_variables, *model.optimizer.variables]
    return [variable.numpy() for variable in variables]


def moved(model, x=X):
    """Whether a step on `x` changed the weights or the optimizer."""
    model.make_train_function()
    before = state(model)
    model.train_on_batch(x)
    return any(not np.array_equal(a, b) for a, b in zip(before, state(model), strict=True))


def test_a_step_above_the_norm_moves_nothing():
    model = made(skip_above=1e-3)
    assert not moved(model) and int(model.skipped_steps) == 1
    assert int(model.optimizer.iterations) == 0
    model.skip_above = 1e9
    assert moved(model) and int(model.skipped_steps) == 1


def test_a_poisoned_step_moves_nothing_and_the_next_one_does():
    model = made(skip_above=None)
    assert moved(model)
    model.beta.assign(np.nan)
    assert not moved(model) and int(model.skipped_steps) == 1
    model.beta.assign(1.0)
    assert moved(model) and all(np.isfinite(part).all() for part in state(model))


def test_the_graph_leaves_out_what_eager_steps_do():
    model = made(skip_above=1e9)
    model.compile(keras.optimizers.Adam(0.01))
    assert moved(model)
    model.beta.assign(np.inf)
    assert not moved(model) and int(model.skipped_steps) == 1


def test_without_a_step_to_leave_out_nothing_changes():
    models = [made(None), made(1e9)]
    models[0].skip_above = None  # As of the other models of the zoo.
    assert all(moved(model) for model in models)
    for a, b in zip(*map(state, models), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_norm_is_that_without_the_loss_scale():
    def optimizer():
        inner = keras.optimizers.Adam(0.01)
        return keras.optimizers.LossScaleOptimizer(inner, initial_scale=256.0)

    # A gradient of some hundreds, 256 times as long before the scale is taken out.
    assert moved(made(3e3, optimizer()))
    # What is not finite lowers the scale, as ever.
    model = made(3e3, optimizer())
    model.beta.assign(np.nan)
    before = [v.numpy() for v in model.trainable_variables]
    model.train_on_batch(X)
    assert float(model.optimizer.dynamic_scale) == 128.0 and int(model.skipped_steps) == 1
    for a, b in zip(before, model.trainable_variables, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
def test_replicas_are_not_poisoned(two_replicas):
    with two_replicas.scope():
        model = made(skip_above=1e9)
        model.compile(keras.optimizers.SGD(0.01))
    model.fit(X, batch_size=4, verbose=0)
    model.beta.assign(np.nan)
    before = [v.numpy() for v in model.trainable_variables]
    model.fit(X, batch_size=4, verbose=0)
    after = [v.numpy() for v in model.trainable_variables]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert int(keras.ops.convert_to_numpy(model.skipped_steps)) == 1
