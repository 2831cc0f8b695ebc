"""Noise that is a function of the example."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from keras_genae import random
from keras_genae.random import ExampleSeeds

VECTORS = np.random.default_rng(0).normal(size=(4000, 3)).astype("float32")


def draws(x, shape=(5,), function=random.normal):
    return np.asarray(function((len(x), *shape), ExampleSeeds(x)))


def test_normal_draws_are_standard_normal_and_uniform_ones_uniform():
    z, u = draws(VECTORS), draws(VECTORS, function=random.uniform)
    assert stats.kstest(z.ravel(), "norm").pvalue > 0.01
    assert stats.kstest(u.ravel(), "uniform").pvalue > 0.01
    assert z.dtype == u.dtype == np.float32 and u.min() > 0.0 and u.max() < 1.0


@pytest.mark.parametrize("kind", ["random", "neighbours on a grid", "one pixel apart"])
def test_entries_examples_and_draws_are_independent(kind):
    if kind == "random":
        x = VECTORS
    elif kind == "neighbours on a grid":
        x = (np.arange(4000)[:, None] / 4000 * np.ones((1, 8))).astype("float32")
    else:
        x = np.zeros((4000, 8, 8, 1), "float32")
        flat = x.reshape(4000, -1)
        flat[np.arange(4000), np.arange(4000) % 64] = (1 + np.arange(4000) // 64) / 255
    seeds = ExampleSeeds(x)
    first, second = (np.asarray(random.normal((4000, 4), seeds)) for _ in range(2))
    columns = np.concatenate([first, second, np.roll(first, 1, axis=0)], axis=1)
    correlation = np.corrcoef(columns.T) - np.eye(12)
    assert np.abs(correlation).max() < 5 / np.sqrt(4000)
    assert len(np.unique(first[:, 0])) > 3990


def test_an_example_has_its_noise_in_every_batch_and_order():
    whole = draws(VECTORS)
    np.testing.assert_array_equal(draws(VECTORS[100:103]), whole[100:103])
    np.testing.assert_array_equal(draws(VECTORS[::-1]), whole[::-1])
    np.testing.assert_array_equal(draws(VECTORS[[7, 7]])[0], draws(VECTORS[[7, 7]])[1])


def test_noise_in_a_graph_of_unknown_batch_size_is_that_outside():
    graph = tf.function(
        lambda x: random.normal((tf.shape(x)[0], 2), ExampleSeeds(x)),
        input_signature=[tf.TensorSpec((None, 3))],
    )
    np.testing.assert_array_equal(graph(VECTORS[:10]), draws(VECTORS[:10], (2,)))


def test_images_count_as_equal_where_they_differ_by_rounding():
    x = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3)).astype("float32") / 255
    np.testing.assert_array_equal(draws(x), draws(np.nextafter(x, 2)))
    assert not np.array_equal(draws(x), draws(x + np.float32(1 / 255)))


def test_vectors_of_any_size_have_noise_of_their_own():
    for scale in (1e-20, 1.0, 1e20):
        assert len(np.unique(draws(VECTORS[:100] * np.float32(scale))[:, 0])) == 100


def test_other_seeds_are_those_of_keras():
    for function, keras_function in (
        (random.normal, keras.random.normal),
        (random.uniform, keras.random.uniform),
    ):
        np.testing.assert_array_equal(function((3, 2), 7), keras_function((3, 2), seed=7))


def test_keras_random_names_what_to_draw_with():
    with pytest.raises(ValueError, match=r"keras_genae\.random\.normal"):
        keras.random.normal((1, 2), seed=ExampleSeeds(VECTORS[:1]))
