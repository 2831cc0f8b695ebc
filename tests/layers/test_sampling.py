import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_genae.layers import Sampling

ZEROS = np.zeros((4, 2), "float32")


def draw(layer, mean=ZEROS, log_var=ZEROS, training=True):
    return ops.convert_to_numpy(layer([mean, log_var], training=training))


def model_that_samples(seed):
    mean, log_var = keras.Input((2,)), keras.Input((2,))
    return keras.Model([mean, log_var], Sampling(seed=seed, name="sampling")([mean, log_var]))


def test_gradients_are_those_of_mean_plus_sigma_epsilon():
    mean, log_var = tf.constant([[1.0, 2.0]]), tf.constant([[0.0, -2.0]])
    layer = Sampling(seed=0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([mean, log_var])
        z = layer([mean, log_var], training=True)
    # dz/dmean = 1; dz/dlog_var = ½ σ ε = ½ (z − mean).
    np.testing.assert_allclose(tape.gradient(z, mean), [[1.0, 1.0]])
    np.testing.assert_allclose(tape.gradient(z, log_var), 0.5 * (z - mean), rtol=1e-5)


@pytest.mark.parametrize("training", [True, False])
def test_many_draws_have_the_mean_and_deviation_of_the_posterior(training):
    mean, log_var = np.full((200_000, 2), [3.0, -1.0]), np.full((200_000, 2), [2.0, -2.0])
    z = draw(Sampling(seed=0), mean, log_var, training)
    np.testing.assert_allclose(z.mean(0), [3.0, -1.0], atol=0.03)
    np.testing.assert_allclose(z.std(0), np.exp([1.0, -1.0]), rtol=0.01)


def test_noise_is_new_in_training_and_the_same_outside():
    layer = Sampling(seed=0)
    assert np.all(draw(layer) != draw(layer))
    assert np.all(draw(layer, training=False) == draw(layer, training=False))


def test_evaluation_does_not_move_the_noise_of_training():
    a, b = Sampling(seed=0), Sampling(seed=0)
    draw(a, training=False)
    assert np.all(draw(a) == draw(b))


def test_noise_outside_training_is_the_same_whatever_the_seed():
    assert np.all(draw(Sampling(seed=0), training=False) == draw(Sampling(seed=1), training=False))


def test_a_seed_repeats_the_noise_and_another_does_not():
    assert np.all(draw(Sampling(seed=5)) == draw(Sampling(seed=5)))
    assert np.all(draw(Sampling(seed=5)) != draw(Sampling(seed=6)))
    assert np.all(draw(Sampling()) != draw(Sampling()))


def test_examples_and_units_draw_independently():
    z = draw(Sampling(seed=0), np.zeros((50_000, 3)), np.zeros((50_000, 3)))
    # Entries of a correlation matrix of independent columns scatter by 1/√n = 0.0045.
    assert np.abs(np.corrcoef(z.T) - np.eye(3)).max() < 0.025
    assert abs(np.corrcoef(z[:-1, 0], z[1:, 0])[0, 1]) < 0.025


def test_a_saved_model_goes_on_with_its_noise(tmp_path):
    model = model_that_samples(seed=3)
    draw(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    following = draw(model)
    assert np.all(draw(loaded) == following)
    # It did not start anew.
    assert np.all(draw(model_that_samples(seed=3)) != following)


def test_the_config_makes_the_same_layer():
    layer = Sampling(seed=7, name="z")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert isinstance(again, Sampling) and again.name == "z" and again.seed == 7
    assert np.all(draw(again) == draw(layer))


def test_a_shared_generator_moves_on_with_each_layer_that_draws():
    source = keras.random.SeedGenerator(1)
    a, b = Sampling(seed=source), Sampling(seed=source)
    assert np.all(draw(a) != draw(b))


def test_half_precision_posteriors_give_a_float32_draw():
    half = tf.zeros((4, 2), "float16")
    z = Sampling(seed=0)([half, half], training=True)
    assert z.dtype == tf.float32


@pytest.mark.parametrize("training", [True, False])
def test_replicas_draw_different_noise(training, two_replicas):
    strategy = two_replicas
    with strategy.scope():
        layer = Sampling(seed=0)

    @tf.function
    def step():
        zeros = tf.zeros((4, 2))
        return strategy.run(lambda: layer([zeros, zeros], training=training))

    first, second = strategy.experimental_local_results(step())
    assert np.all(first.numpy() != second.numpy())
    third, _ = strategy.experimental_local_results(step())
    assert np.all(third.numpy() != first.numpy()) == training
