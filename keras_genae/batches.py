"""Apply a function to data of any size, a batch at a time."""

import keras
import numpy as np
from keras import ops, tree

from keras_genae.containers import as_array, batches_of, dense, is_endless, is_source
from keras_genae.progress import is_terminal, progress_bar

# `verbose="auto"` shows a bar on a terminal, where there are more batches than this.
QUIET_BATCHES = 20


def in_batches(function, data, batch_size=128, verbose="auto"):
    """Apply `function` to `data` batch by batch and join the results.

    Args:
        function: from an array `(n, ...)` to a tensor, or a nest of tensors, `(n, ...)`.
        data: an array, or what `as_array` makes one of, `(examples, ...)`; a tuple of arrays of the
            same length, of which the function is given a tuple of rows; or a source of batches,
            such as a `tf.data.Dataset`, whose elements may be tuples `(x, ...)`.
        batch_size: examples in a batch; an iterable brings batches already.
        verbose: 1 shows Keras's progress bar, counting batches, or where the output is no terminal
            a line at the end; 0 none; `"auto"` a bar on a terminal, where there are many batches.

    Returns:
        What `function` returns for all examples, as NumPy arrays.

    Raises:
        ValueError: where `data` holds no example.
    """
    batches, count = split_into_batches(data, batch_size)
    if verbose == "auto":
        verbose = is_terminal() and (count is None or count > QUIET_BATCHES)
    bar = progress_bar(count, "batch", verbose) if verbose else None
    results = []
    for batch in batches:
        results.append(tree.map_structure(ops.convert_to_numpy, function(batch)))
        if bar is not None:
            bar.add(1)
    if not results:
        raise ValueError("There is no example in the data. Received: an empty array or dataset.")
    if bar is not None and count is None:
        bar.update(len(results), finalize=True)
    return tree.map_structure(lambda *parts: np.concatenate(parts), *results)


def split_into_batches(data, batch_size):
    """An iterator over the arrays x of each batch, and how many there are (`None`: unknown)."""
    data = tuple(map(as_array, data)) if isinstance(data, tuple) else as_array(data)
    if not is_source(data):
        first = data[0] if isinstance(data, tuple) else data
        starts = range(0, first.shape[0], batch_size)
        return (rows_of(data, slice(i, i + batch_size)) for i in starts), len(starts)
    if is_endless(data):
        raise ValueError(
            "The data have no end. Say how many batches are meant: `data = data.take(100)`. "
            f"Received: {data}"
        )
    try:
        count = data.num_batches if isinstance(data, keras.utils.PyDataset) else len(data)
    except TypeError:  # A dataset that cannot tell its length before it has been read.
        count = None
    return (to_numpy(first_of(element)) for element in batches_of(data)), count


def rows_of(data, rows):
    """Rows of an array, or of each of a tuple of them."""
    if isinstance(data, tuple):
        return tuple(dense(part[rows]) for part in data)
    return dense(data[rows])


def to_numpy(x):
    """x of a batch as an array, sparse or not; of a tuple of parts, each."""
    if isinstance(x, tuple):
        return tuple(map(to_numpy, x))
    return ops.convert_to_numpy(dense(as_array(x)))


def first_of(element):
    """x of an element that may be x, (x,), (x, y) or (x, y, sample_weight)."""
    x = keras.utils.unpack_x_y_sample_weight(element)[0]
    if isinstance(x, dict):
        raise ValueError(
            "The elements are dictionaries. Say which entry is meant: `data = data.map(lambda "
            f"element: element['image'])`. Received: entries {', '.join(map(repr, x))}"
        )
    return x
