import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from regularised import by_one_step, is_the_autoencoder
from zoo import build, compiled, examples, loss_of

from keras_genae import ContractiveAE


def test_without_a_weight_it_is_the_autoencoder():
    is_the_autoencoder("ContractiveAE", penalty_weight=0.0)


def contraction(model, x, training=False):
    terms = model.loss_terms(model.unpack((x,)), training)
    return keras.ops.convert_to_numpy(terms["contraction_loss"])


def test_the_penalty_is_the_norm_of_the_encoders_jacobian(rng):
    data, z = keras.Input((8,)), keras.Input((3,))
    encoder = keras.Model(data, layers.Dense(3)(layers.Dense(16, "tanh")(data)))
    decoder = keras.Model(z, layers.Dense(8)(z))
    model = ContractiveAE(encoder=encoder, decoder=decoder, step=0.01, seed=0)
    x = tf.constant(rng.normal(size=(1, 8)), "float32")
    with tf.GradientTape() as tape:
        tape.watch(x)
        code = encoder(x)
    exact = np.square(tape.jacobian(code, x)).sum()
    many = tf.repeat(x, 20_000, axis=0)
    for training in (False, True):
        # A standard error of about 1 %: the noise is that of training, and of evaluation.
        assert contraction(model, many, training).mean() == pytest.approx(exact, rel=0.04)


def test_training_draws_anew_and_evaluation_does_not():
    model = compiled(build("ContractiveAE"), run_eagerly=True)
    x = examples(model.input_shape, 8)
    once, twice = (contraction(model, x, training=True) for _ in range(2))
    # Where no unit of a layer is on, the slope is 0 whatever was drawn.
    is_steep = np.maximum(once, twice) > 0.0
    assert is_steep.sum() >= 4 and np.all((once != twice)[is_steep])
    assert loss_of(model, x) == loss_of(model, x) == pytest.approx(loss_of(model, x, batch_size=3))


def test_only_the_encoder_pays():
    model = build("ContractiveAE")
    x = examples(model.input_shape, 4)
    with tf.GradientTape() as tape:
        penalty = model.loss_terms(model.unpack((x,)), training=True)["contraction_loss"]
    variables = [*model.encoder.trainable_variables, *model.decoder.trainable_variables]
    reached = [gradient is not None for gradient in tape.gradient(penalty, variables)]
    in_encoder = len(model.encoder.trainable_variables)
    assert any(reached[:in_encoder]) and not any(reached[in_encoder:])


def test_a_large_weight_makes_the_encoder_flat():
    slopes = []
    for weight in (0.0, 100.0):
        model = build("ContractiveAE", penalty_weight=weight)
        x = examples(model.input_shape, 16)
        compiled(model, keras.optimizers.Adam(0.01), run_eagerly=True)
        for _ in range(20):
            model.train_on_batch(x)
        slopes.append(contraction(model, x).mean())
    assert slopes[1] < 0.2 * slopes[0]


def test_every_argument_changes_the_loss():
    changes = ({}, {"penalty_weight": 2.0}, {"step": 0.5}, {"seed": 1})
    losses = [by_one_step("ContractiveAE", **change) for change in changes]
    assert len(set(losses)) == len(losses)


@pytest.mark.parametrize("step", [0.0, -1.0, float("inf"), float("nan")])
def test_a_step_that_is_none_is_refused(step):
    with pytest.raises(ValueError, match="`step` must be a finite number above 0"):
        ContractiveAE((16,), 3, step=step)
