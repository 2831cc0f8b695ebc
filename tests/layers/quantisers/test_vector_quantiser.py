"""A codebook: what it puts in the place of vectors, and how it follows them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_genae.layers.noise_source import NoiseSource
from keras_genae.layers.quantisers import VectorQuantiser, straight_through

ONES = np.ones(6, "float32")


def vectors(rng, batch=6, places=4, dim=3):
    return rng.normal(size=(batch, places, dim)).astype("float32")


def follow(layer, h, weight=ONES, seed=0):
    layer.follow(layer.quantise(h), weight, NoiseSource(seed))
    return layer


def test_the_nearest_row_stands_for_a_vector(rng):
    layer, h = VectorQuantiser(7, 3), vectors(rng)
    code, table = layer.quantise(h), layer.embeddings.numpy()
    by_hand = ((h[..., None, :] - table) ** 2).sum(-1).argmin(-1)
    np.testing.assert_array_equal(code.indices, by_hand)
    np.testing.assert_array_equal(code.z, table[by_hand])
    np.testing.assert_array_equal(layer.codes_of(code.indices), code.z)


def test_the_gradient_passes_straight_through(rng):
    h, e = tf.Variable(vectors(rng)), tf.Variable(vectors(rng))
    with tf.GradientTape() as tape:
        z = straight_through(tf.convert_to_tensor(h), tf.convert_to_tensor(e))
        loss = tf.reduce_sum(tf.sin(z) * h.shape[0])
    of_h, of_e = tape.gradient(loss, [h, e])
    np.testing.assert_array_equal(z, e)
    # That of z, at the value of e.
    np.testing.assert_allclose(of_h, 6 * np.cos(e.numpy()), rtol=1e-5)
    assert of_e is None


def test_rows_are_the_means_of_their_vectors_over_batches(rng):
    layer = VectorQuantiser(4, 3, restarts=False)
    count, total, table = np.zeros(4), np.zeros((4, 3)), layer.embeddings.numpy()
    for _ in range(3):
        h, weight = vectors(rng), rng.random(6).astype("float32")
        one_hot = np.eye(4)[layer.quantise(h).indices] * weight[:, None, None]
        count = 0.99 * count + 0.01 * one_hot.sum((0, 1))
        total = 0.99 * total + 0.01 * np.einsum("bpk,bpd->kd", one_hot, h)
        table = np.where(count[:, None] > 0, total / np.maximum(count[:, None], 1e-9), table)
        follow(layer, h, weight)
        np.testing.assert_allclose(layer.embeddings, table, rtol=1e-4, atol=1e-6)


def test_a_codebook_starts_as_the_k_means_of_a_batch(rng):
    centres = 10.0 * rng.normal(size=(4, 3))
    h = (centres + rng.normal(0, 0.1, (6, 4, 3))).astype("float32")
    layer = VectorQuantiser(8, 3)
    before = float(np.mean(layer.quantise(h).distances))
    # All that is left is the noise around the centres, of variance 0.01 in three directions.
    assert np.mean(follow(layer, h).quantise(h).distances) < 0.03 < 0.01 * before
    # They count alike, and stay where they are as long as the vectors do.
    np.testing.assert_allclose(layer.count, 24 * 0.01 / 8, rtol=1e-5)


@pytest.mark.parametrize("is_trained", [False, True])
def test_a_row_that_is_not_used_moves_to_a_vector_that_is_far_from_all(rng, is_trained):
    layer = follow(VectorQuantiser(4, 3, is_trained=is_trained), vectors(rng))
    layer.count.assign([1.0, 1.0, 0.01, 1.0])
    layer.embeddings.assign(np.eye(4, 3))
    if not is_trained:
        layer.total.assign(layer.count.numpy()[:, None] * np.eye(4, 3))
    h = np.tile(np.eye(4, 3, dtype="float32")[:1], (6, 4, 1))
    h[3, 2] = [0.0, 9.0, 9.0]
    follow(layer, h)
    np.testing.assert_allclose(layer.embeddings[2], h[3, 2], rtol=1e-6)
    # It counts as one of the others for now; these stay.
    assert float(layer.count[2]) == pytest.approx(np.delete(layer.count, 2).mean(), rel=0.3)
    np.testing.assert_allclose(np.array(layer.embeddings)[0], np.eye(3)[0], atol=1e-6)
    follow(layer, h)
    np.testing.assert_allclose(layer.embeddings[2], h[3, 2], rtol=1e-5)


def test_without_restarts_rows_that_are_not_used_stay(rng):
    layer = VectorQuantiser(50, 3, restarts=False)
    before = layer.embeddings.numpy()
    h = 0.01 * vectors(rng)
    used = np.unique(layer.quantise(h).indices)
    follow(layer, h)
    moved = np.any(layer.embeddings.numpy() != before, axis=1)
    np.testing.assert_array_equal(np.flatnonzero(moved), used)


@pytest.mark.parametrize("options", [{}, {"is_trained": True}, {"restarts": False}])
def test_examples_of_weight_0_do_nothing(rng, options):
    keras.utils.set_random_seed(0)
    start, h = rng.normal(size=(8, 3)), [vectors(rng) for _ in range(3)]
    results = []
    for fill in (0.0, 7.0):
        layer = VectorQuantiser(8, 3, **options)
        layer.embeddings.assign(start)
        noise = NoiseSource(0)
        for batch in h:
            batch = np.concatenate([batch, np.full((2, 4, 3), fill, "float32")])
            layer.follow(layer.quantise(batch), np.float32([1] * 6 + [0, 0]), noise)
        results.append(layer.get_weights())
    alone = VectorQuantiser(8, 3, **options)
    alone.embeddings.assign(start)
    noise = NoiseSource(0)
    for batch in h:
        alone.follow(alone.quantise(batch), ONES, noise)
    for values in zip(*results, alone.get_weights(), strict=True):
        for value in values[1:]:
            np.testing.assert_allclose(value, values[0], rtol=1e-5, atol=1e-6)


def test_a_batch_of_weight_0_leaves_all_as_it_was(rng):
    layer = VectorQuantiser(5, 3)
    before = layer.get_weights()
    follow(layer, vectors(rng), 0 * ONES)
    assert all(map(np.array_equal, layer.get_weights(), before))
    # So the next one is the first.
    follow(layer, vectors(rng))
    assert not np.array_equal(layer.embeddings, before[0])
    np.testing.assert_allclose(layer.count, np.mean(layer.count))


def test_vectors_that_are_all_the_same_or_none_at_all_are_finite():
    for value in (0.0, 3.0):
        layer = VectorQuantiser(5, 3)
        for _ in range(3):
            follow(layer, np.full((6, 4, 3), value, "float32"))
        assert all(np.isfinite(weight).all() for weight in layer.get_weights())
        np.testing.assert_allclose(layer.quantise(np.full((1, 1, 3), value, "float32")).z, value)


def test_what_loses_move_are_weights_that_no_muon_multiplies():
    trained, followed = (VectorQuantiser(5, 3, is_trained=value) for value in (True, False))
    assert [v.name for v in trained.trainable_variables] == ["embeddings"]
    assert followed.trainable_variables == []
    again = VectorQuantiser.from_config(trained.get_config())
    assert again.get_config() == trained.get_config()
