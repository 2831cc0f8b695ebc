import keras
import numpy as np
import pytest
from test_sparse_dictionary import X, pre_activations, relu
from zoo import build, compiled, examples, same

from keras_genae.models.dictionaries.running_threshold import RunningThreshold


def batch_dictionary(name="BatchTopKSAE", **changes):
    return compiled(build(name, **changes), keras.optimizers.SGD(0.01), run_eagerly=True)


def codes_in_training(model, x, weight=None):
    batch = model.unpack((x, None, weight))
    pre = model.posterior(batch.x, training=True).pre
    return np.array(model.strongest(pre, batch))


def trained_alike(models, batch_size):
    """Loss, l0 and weights of models that begin alike, after the same steps on the same data."""
    x, results = examples((16,), 6), []
    start = [network.get_weights() for network in (models[0].encoder, models[0].decoder)]
    for model in models:
        model.encoder.set_weights(start[0])
        model.decoder.set_weights(start[1])
        history = model.fit(x, batch_size=batch_size, shuffle=False, verbose=0).history
        weights = [w.numpy() for w in model.trainable_variables]
        results.append((history["loss"], history["l0"], weights))
    return results


def test_the_strongest_of_the_batch_fire():
    model = batch_dictionary(k=3)
    activations = relu(pre_activations(model, X))
    z = codes_in_training(model, X)
    assert (z > 0).sum() == 3 * 32
    least = np.sort(activations, axis=None)[-3 * 32]
    np.testing.assert_allclose(
        z, np.where(activations >= least * (1 - 1e-6), activations, 0.0), rtol=1e-4
    )
    assert len(set((z > 0).sum(axis=1))) > 1


def test_examples_of_weight_0_take_no_part():
    model = batch_dictionary(k=3)
    weight = np.r_[np.full(20, 0.5), np.zeros(12)].astype("float32")
    z = codes_in_training(model, X, weight)
    np.testing.assert_array_equal(z[:20], codes_in_training(model, X[:20]))
    assert not z[20:].any()


def test_batches_of_one_are_top_k_bit_for_bit():
    models = [batch_dictionary(name, k=4) for name in ("TopKSAE", "BatchTopKSAE")]
    (loss, l0, weights), (other_loss, other_l0, others) = trained_alike(models, batch_size=1)
    assert loss == other_loss and l0 == other_l0
    assert same(weights, others)


def test_a_matryoshka_of_one_size_is_batch_top_k_bit_for_bit():
    models = [
        batch_dictionary(k=4),
        batch_dictionary("MatryoshkaSAE", k=4, nested_sizes=(24,)),
    ]
    assert models[0].term_names == models[1].term_names
    (loss, l0, weights), (other_loss, other_l0, others) = trained_alike(models, batch_size=4)
    assert loss == other_loss and l0 == other_l0
    assert same(weights, others)


def test_the_threshold_is_the_mean_of_the_least_that_fired():
    layer, by_hand, total = RunningThreshold(), 0.0, 0.0
    assert float(layer.value) == 0.0
    for z, weight in (
        ([[0.0, 3.0], [5.0, 0.0]], [1.0, 1.0]),
        ([[0.0, 0.0], [0.0, 0.0]], [1.0, 1.0]),
        ([[0.1, 0.0], [4.0, 6.0]], [0.0, 2.0]),
    ):
        layer.follow(np.array(z, "float32"), np.array(weight, "float32"))
    for least, count in ((3.0, 1.0), (0.0, 0.0), (4.0, 1.0)):
        by_hand, total = 0.99 * by_hand + 0.01 * least, 0.99 * total + 0.01 * count
    assert float(layer.value) == pytest.approx(by_hand / total, rel=1e-5)


def test_evaluation_fires_above_the_threshold_whatever_the_batch():
    model = batch_dictionary(k=3)
    model.optimizer.learning_rate = 0.0
    model.fit(X, batch_size=32, verbose=0)
    activations = relu(pre_activations(model, X))
    threshold = float(model.threshold.value)
    assert threshold == pytest.approx(np.sort(activations, axis=None)[-3 * 32], rel=1e-4)
    z = model.encode(X)
    np.testing.assert_array_equal(model.encode(X, batch_size=1), z)
    assert (z[z > 0] > threshold).all() and (z > 0).sum() == 3 * 32 - 1
