"""Rows of arrays in batches, as a `tf.data` pipeline that copies no more than a batch."""

import weakref

import keras
import numpy as np

from keras_genae.containers import dense

# Batches that are made at once, and that wait to be taken.
TAKERS, AHEAD = 2, 2


def epoch_batches(arrays, batch_size, rng=None):
    """All rows once, in batches, of which the last may be smaller.

    Args:
        arrays: nest of arrays or SciPy matrices, `(n, ...)` each.
        batch_size: rows a batch, 1 or more.
        rng: a `numpy.random.Generator`, which puts the rows in another order for each pass; by
            default they keep theirs.

    Returns:
        A finite `tf.data.Dataset` of such nests.
    """
    import tensorflow as tf

    count = keras.tree.flatten(arrays)[0].shape[0]
    starts = tf.data.Dataset.range(0, count, batch_size)
    if rng is None:
        return take_rows(arrays, starts, lambda start: slice(start, start + batch_size))
    order = None

    def rows_from(start):
        nonlocal order
        if start == 0:
            order = rng.permutation(count)
        return order[start : start + batch_size]

    # One batch after the other, or the first would not be the one that finds the order.
    return take_rows(arrays, starts, rows_from, takers=None)


def take_rows(arrays, wheres, rows_at, batch_size=None, takers=TAKERS):
    """The rows of arrays for each element of a pipeline.

    NumPy does the picking, because a tensor made of a whole array would be one more copy of all the
    data (two, as measured), where this copies a batch.

    Args:
        arrays: nest of what has rows, a shape and a dtype: `(n, ...)` each.
        wheres: a `tf.data.Dataset`.
        rows_at: function of an element of it, as NumPy has it, to which rows: a slice or numbers.
        batch_size: how many rows those are; `None` where they differ.
        takers: batches that are made at once; `None`: one after the other, in order.

    Returns:
        A `tf.data.Dataset` of such nests, `(batch_size, ...)` each.
    """
    import tensorflow as tf

    # An array that stands for two, such as examples that are their own targets, is read once.
    flat = list({id(array): array for array in keras.tree.flatten(arrays)}.values())
    held = {"arrays": flat, "rows_at": rows_at}

    def take(where):
        rows = held["rows_at"](where)
        return [np.asarray(dense(array[rows])) for array in held["arrays"]]

    def batch(where):
        dtypes = [array.dtype for array in flat]
        parts = tf.numpy_function(take, [where], dtypes, stateful=False)
        for part, array in zip(parts, flat, strict=True):
            part.set_shape((batch_size, *array.shape[1:]))
        found = dict(zip(map(id, flat), parts, strict=True))
        return keras.tree.map_structure(lambda array: found[id(array)], arrays)

    batches = wheres.map(batch, num_parallel_calls=takers)
    # TensorFlow keeps `take` for ever; the arrays are let go with the last that reads them.
    weakref.finalize(batches, held.clear)
    # TensorFlow would tune how many batches are made ahead, and while it does, one of two cores may
    # wait: of 12 passes through 28×28 images 5 took 1.8 times as long.
    options = tf.data.Options()
    options.autotune.enabled = False
    return batches.prefetch(AHEAD).with_options(options)
