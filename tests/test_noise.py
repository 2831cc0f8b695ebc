"""Noise from a seed for each example."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from keras_genae import noise
from keras_genae.noise import ExampleSeeds

PLACES = np.arange(4000)


def draws(places, shape=(5,), function=noise.normal, stream=0):
    return np.asarray(function((len(places), *shape), ExampleSeeds(places, stream)))


def test_normal_draws_are_standard_normal_and_uniform_ones_uniform():
    z, u = draws(PLACES), draws(PLACES, function=noise.uniform)
    assert stats.kstest(z.ravel(), "norm").pvalue > 0.01
    assert stats.kstest(u.ravel(), "uniform").pvalue > 0.01
    assert z.dtype == u.dtype == np.float32 and u.min() > 0.0 and u.max() < 1.0


def test_entries_examples_draws_and_streams_are_independent():
    seeds = ExampleSeeds(PLACES)
    first, second = (np.asarray(noise.normal((4000, 4), seeds)) for _ in range(2))
    others = [np.roll(first, 1, axis=0), draws(PLACES, (4,), stream=1)]
    columns = np.concatenate([first, second, *others], axis=1)
    correlation = np.corrcoef(columns.T) - np.eye(16)
    assert np.abs(correlation).max() < 5 / np.sqrt(4000)
    assert len(np.unique(first[:, 0])) > 3990


def test_a_place_has_its_noise_in_every_batch_and_order():
    whole = draws(PLACES)
    # The logarithm of a vector may round its last entries otherwise.
    np.testing.assert_allclose(draws(PLACES[100:103]), whole[100:103], rtol=1e-6)
    np.testing.assert_allclose(draws(PLACES[::-1]), whole[::-1], rtol=1e-6)


def test_noise_in_a_graph_of_unknown_batch_size_is_that_outside():
    graph = tf.function(
        lambda places: noise.normal((tf.shape(places)[0], 2), ExampleSeeds(places)),
        input_signature=[tf.TensorSpec((None,), "int32")],
    )
    np.testing.assert_allclose(graph(PLACES[:10]), draws(PLACES[:10], (2,)), rtol=1e-6)


def test_other_seeds_are_those_of_keras():
    for function, keras_function in (
        (noise.normal, keras.random.normal),
        (noise.uniform, keras.random.uniform),
    ):
        np.testing.assert_array_equal(function((3, 2), 7), keras_function((3, 2), seed=7))


def test_keras_random_names_what_to_draw_with():
    with pytest.raises(ValueError, match=r"keras_genae\.noise\.normal"):
        keras.random.normal((1, 2), seed=ExampleSeeds(PLACES[:1]))
