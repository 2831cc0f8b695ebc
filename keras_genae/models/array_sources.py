"""Arrays that `fit` was given, made a source of batches where Keras would be slow to make one."""

import numbers

import keras
import numpy as np
from keras import ops

from keras_genae.containers import is_source, is_sparse
from keras_genae.row_batches import epoch_batches
from keras_genae.training.backend import is_one_device, reads_datasets

BATCH_SIZE = 32


def make_sources(model, given):
    """Put sources in the place of arrays among the arguments of `fit`.

    On TensorFlow Keras makes a pipeline of arrays too: it copies them, takes a tenth of a second
    for it, and lets TensorFlow tune it meanwhile, which costs a core now and then. What a pipeline
    of ours would not hold is left to Keras: class weights, batches that are counted, and what is
    wrong, of which it tells.

    Args:
        model: what is to be trained.
        given: the arguments by their names, after `prepare`; changed in place.
    """
    split_off(given)
    parts, batch_size = (given["x"], given["y"], given["sample_weight"]), given.get("batch_size")
    validation = keras.utils.unpack_x_y_sample_weight(given.get("validation_data"))
    validation_size = given.get("validation_batch_size") or batch_size
    if given.get("validation_steps") is None and can_deal(model, validation, validation_size):
        given["validation_data"] = deal(validation, validation_size)
    is_left = given.get("class_weight") is not None or given.get("steps_per_epoch") is not None
    shuffle = given.get("shuffle", True)
    if is_left or shuffle not in (True, False) or not can_deal(model, parts, batch_size):
        return
    # Keras draws the order of arrays from NumPy's numbers on other backends.
    rng = np.random.default_rng(np.random.randint(2**31)) if shuffle else None
    given.update(x=deal(parts, batch_size, rng), y=None, sample_weight=None, shuffle=False)


def split_off(given):
    """Make the last share of arrays validation data, where `validation_split` asks for it."""
    share = given.get("validation_split")
    parts = given["x"], given["y"], given["sample_weight"]
    if not share or given.get("validation_data") is not None or not are_rows(parts):
        return
    count = parts[0].shape[0]
    at = int(count * (1.0 - share))
    if 0 < at < count:  # Else Keras says what is wrong.
        given["validation_data"] = rows_of(parts, slice(at, None))
        given["x"], given["y"], given["sample_weight"] = rows_of(parts, slice(at))
        given["validation_split"] = 0.0


def make_source(model, given):
    """As `make_sources`, of the arguments of `evaluate` or `predict`."""
    parts = given["x"], given.get("y"), given.get("sample_weight")
    if given.get("steps") is None and can_deal(model, parts, given.get("batch_size")):
        given["x"] = deal(parts, given.get("batch_size"))
        given.update({name: None for name in ("y", "sample_weight") if name in given})


def can_deal(model, parts, batch_size):
    """Whether a pipeline of ours holds (x, y, sample_weight), in batches of this size."""
    is_size = batch_size is None or (isinstance(batch_size, numbers.Integral) and batch_size >= 1)
    return reads_datasets() and is_one_device(model) and is_size and are_rows(parts)


def are_rows(parts):
    """Whether (x, y, sample_weight) are nests of numbers, as many rows of each."""
    arrays = [array for array in keras.tree.flatten(parts) if array is not None]
    return (
        parts[0] is not None
        and not any(is_source(array) for array in arrays)
        and all(is_numbers(array) for array in arrays)
        and len({array.shape[0] for array in arrays}) == 1
    )


def is_numbers(array):
    """Whether these are rows of numbers that TensorFlow knows as they are."""
    dtype = np.dtype(
        keras.backend.standardize_dtype(array.dtype) if ops.is_tensor(array) else array.dtype
    )
    is_known = dtype.kind in "fiub" and dtype.itemsize <= 8 and dtype.isnative
    return len(array.shape) > 0 and is_known


def rows_of(parts, rows):
    """Some rows of (x, y, sample_weight)."""
    return keras.tree.map_structure(
        lambda array: array if array is None else array[rows], tuple(parts)
    )


def deal(parts, batch_size, rng=None):
    """(x, y, sample_weight) in batches, as Keras takes them from a source."""
    arrays = keras.tree.map_structure(
        lambda array: array if array is None or is_sparse(array) else np.asarray(array), parts
    )
    packed = keras.utils.pack_x_y_sample_weight(*arrays)
    return epoch_batches(packed, int(batch_size or BATCH_SIZE), rng)
