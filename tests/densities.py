"""What the tests of several distributions share."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from scipy import stats


def entries(make, x, *parameters):
    """log p of each number of a table, each an example of its own, float64."""
    columns = np.broadcast_arrays(x, *parameters)
    x, *parameters = (np.asarray(column, "float32").reshape(-1, 1) for column in columns)
    return ops.convert_to_numpy(make(*parameters).log_prob(x)).astype("float64")


def assert_finite_gradients(make, x, *parameters):
    """log p, and its gradient by each parameter, at each number of a table."""
    columns = np.broadcast_arrays(x, *parameters)
    x, *parameters = (tf.constant(np.float32(column).reshape(-1, 1)) for column in columns)
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        log_prob = make(*parameters).log_prob(x)
    assert np.isfinite(log_prob).all()
    for gradient in tape.gradient(log_prob, parameters):
        assert np.isfinite(gradient).all()


def assert_drawn_from(draws, cdf, support=None):
    """Kolmogorov–Smirnov, at 1 in 1000; of whole numbers on their support, where it is milder."""
    draws = ops.convert_to_numpy(draws).ravel()
    if support is None:
        assert stats.kstest(draws, cdf).pvalue > 1e-3
        return
    assert np.isin(draws, support).all()
    below = np.searchsorted(np.sort(draws), support, side="right") / len(draws)
    assert np.abs(below - cdf(support)).max() < 1.95 / np.sqrt(len(draws))


def assert_float32(distribution, x):
    """In half precision in, single precision out."""
    for value in (distribution.log_prob(x), distribution.mean, distribution.sample(seed=0)):
        assert keras.backend.standardize_dtype(value.dtype) == "float32"
