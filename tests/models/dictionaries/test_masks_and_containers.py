"""Masks and containers, of models that look at the data before they train."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from cases import fast
from zoo import build, compiled, examples, same, weights_of

NAMES = ["TopKSAE", "BatchTopKSAE", "GatedSAE", "JumpReLUSAE", "MatryoshkaSAE"]
EACH = pytest.mark.parametrize("name", fast(NAMES, NAMES[2:3]))
X = 2.0 + examples((16,), 24)
KNOWN = np.random.default_rng(0).random(X.shape) < 0.7
MASK = KNOWN.astype("float32")


def fitted(name, x, y=None, weight=None, batch_size=24):
    """What was logged in two steps, and the weights behind them."""
    model = compiled(build(name), keras.optimizers.SGD(1e-3), run_eagerly=True)
    history = model.fit(
        x, y, sample_weight=weight, batch_size=batch_size, epochs=2, shuffle=False, verbose=0
    ).history
    return history, weights_of(model)


@EACH
def test_entries_of_weight_0_have_no_influence(name):
    (history, weights), (other, others) = (
        fitted(name, np.where(KNOWN, X, np.float32(fill)), None, MASK) for fill in (0.0, np.nan)
    )
    assert all(np.isfinite(values).all() for values in history.values())
    assert other == history and same(others, weights)
    # b_dec starts at the mean of what is known.
    begun = build(name)
    begun.begin(np.where(KNOWN, X, 0.0).astype("float32"), MASK)
    mean = np.nanmean(np.where(KNOWN, X, np.nan), axis=0)
    np.testing.assert_allclose(begun.atoms_layer.bias, mean, rtol=1e-5)
    squared = np.nanmean(np.square(np.where(KNOWN, X, np.nan) - mean))
    assert float(begun.unit) == pytest.approx(np.sqrt(squared), rel=1e-4)


@EACH
def test_a_target_that_is_missing_has_no_influence(name):
    results = [
        fitted(name, X, np.where(KNOWN, X, np.float32(fill)), MASK) for fill in (0.0, 0.9, np.nan)
    ]
    for history, weights in results[1:]:
        assert history == results[0][0] and same(weights, results[0][1])


class Whole(keras.utils.PyDataset):
    """One batch of all."""

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return X


CONTAINERS = {
    "list": X.tolist,
    "DataFrame": lambda: pytest.importorskip("pandas").DataFrame(X),
    "dataset": lambda: tf.data.Dataset.from_tensor_slices(X).batch(24),
    "labelled dataset": lambda: tf.data.Dataset.from_tensor_slices((X, np.arange(24))).batch(24),
    "PyDataset": Whole,
}


@EACH
def test_every_container_trains_as_the_array(name):
    history, weights = fitted(name, X)
    for container, make in CONTAINERS.items():
        data = make()
        is_source = isinstance(data, (tf.data.Dataset, keras.utils.PyDataset))
        found, others = fitted(name, data, batch_size=None if is_source else 24)
        assert found["loss"] == pytest.approx(history["loss"], rel=1e-6), container
        for a, b in zip(others, weights, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6, err_msg=container)
