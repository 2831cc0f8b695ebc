import numpy as np
import tensorflow as tf
from test_sparse_dictionary import X, dictionary, gradients, pre_activations, relu

from keras_genae.models.dictionaries.keep_largest import keep_largest


def test_exactly_the_k_largest_fire():
    model = dictionary(k=5)
    activations = relu(pre_activations(model, X))
    assert ((activations > 0).sum(axis=1) >= 5).all()
    z = model.encode(X)
    assert ((z > 0).sum(axis=1) == 5).all()
    np.testing.assert_allclose(
        np.sort(z, axis=1)[:, -5:], np.sort(activations, axis=1)[:, -5:], rtol=1e-4
    )
    np.testing.assert_allclose(z[z > 0], activations[z > 0], rtol=1e-4)


def test_fewer_fire_where_fewer_are_positive():
    model = dictionary(k=5)
    model.encoder.get_layer("features").bias.assign([1e3] * 2 + [-1e3] * 22)
    assert ((model.encode(X) > 0).sum(axis=1) == 2).all()


def test_of_equal_entries_exactly_k_are_kept():
    kept = np.array(keep_largest(np.ones((3, 10), "float32"), 4))
    np.testing.assert_array_equal(kept.sum(axis=1), 4.0)
    assert np.array(keep_largest(np.ones((3, 10), "float32"), 4, limit=2)).sum() == 6.0


def test_gradients_reach_what_was_kept():
    x = tf.constant(np.random.default_rng(0).normal(size=(3, 8)))
    with tf.GradientTape() as tape:
        tape.watch(x)
        kept = keep_largest(x, 3)
        value = tf.reduce_sum(kept * tf.range(8.0, dtype="float64"))
    by_hand = np.where(kept != 0, np.arange(8.0), 0.0)
    np.testing.assert_array_equal(tape.gradient(value, x), by_hand)


def test_features_that_do_not_fire_learn_nothing():
    model = dictionary(k=1)
    silent = ~(model.encode(X) > 0).any(axis=0)
    found = gradients(model, "reconstruction_loss")
    assert silent.any() and not found["features/kernel"][:, silent].any()
    assert not found["atoms/kernel"][silent].any()


def test_k_changes_the_loss():
    losses = [float(dictionary(k=k).test_on_batch(X)[0]) for k in (1, 2, 24)]
    assert len(set(losses)) == 3
