"""`tf.data` pipelines over an array in memory or in a file, and the split of it."""

import numbers

import numpy as np

from keras_genae.datasets.mapped_rows import MappedRows, rows_of
from keras_genae.row_batches import epoch_batches, take_rows


def training_batches(images, batch_size, seed, first_epoch=0, labels=None):
    """Return an endless, shuffled stream of batches that a resumed run can enter at its epoch.

    The order of epoch `e` depends on `seed` and `e` alone. A run resumed with `first_epoch=e`
    therefore sees the batches that an unbroken run would have seen from epoch `e` on. Each epoch
    has `steps_per_epoch(images, batch_size)` batches, a number that `fit` must be told, or its
    first epoch never ends. The images left over, fewer than a batch, are others in each epoch.

    The stream reads from `images` without copying them, so changes made to the array later show. Of
    an array that is mapped from a file, as `load_images(cache=...)` returns it, a batch is read at
    a time, and the memory given back: it may be larger than the memory. The order is the same.

    Args:
        images: array of shape `(n, ...)`, any number type. Batches keep the type: uint8 stays
            uint8.
        batch_size: images a batch, between 1 and `n`.
        seed: integer.
        first_epoch: the epoch that the stream begins with, 0 or more.
        labels: optional array of shape `(n, ...)`. Then each element is `(images, labels)`.

    Returns:
        An infinite `tf.data.Dataset` of batches of shape `(batch_size, ...)`.

    Raises:
        ValueError: where the batch is larger than the data, the labels are not as many as the
            images, or an argument is out of its range.

    Example:

    >>> import numpy as np
    >>> images = np.arange(10, dtype="uint8").reshape(10, 1, 1, 1)
    >>> batches = training_batches(images, batch_size=4, seed=0)
    >>> [batch.shape[0] for batch in batches.take(3)]
    [4, 4, 4]
    >>> steps_per_epoch(images, batch_size=4)
    2

    With Keras, and with a callback that keeps the epoch, a run is resumed like this:

    ```python
    model.fit(
        training_batches(images, 128, seed=0, first_epoch=epoch),
        steps_per_epoch=steps_per_epoch(images, 128),
        initial_epoch=epoch,
        epochs=20,
    )
    ```
    """
    import tensorflow as tf

    arrays = _as_arrays(images, labels)
    steps = steps_per_epoch(images, batch_size)
    _check_integer("first_epoch", first_epoch, minimum=0)
    _check_integer("seed", seed)

    def batches_of_epoch(epoch):
        every = tf.range(len(images), dtype=tf.int64)
        # Stateless: the order is a function of its two seeds, not of what was drawn before.
        order = tf.random.experimental.stateless_shuffle(every, seed=[int(seed), epoch])
        whole = tf.reshape(order[: steps * batch_size], (steps, batch_size))
        return tf.data.Dataset.from_tensor_slices(whole)

    epochs = tf.data.Dataset.range(first_epoch, tf.int64.max)
    # Said aloud, so that whoever would read the stream to its end can know better.
    endless = tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY)
    wheres = epochs.flat_map(batches_of_epoch).apply(endless)
    return take_rows(arrays, wheres, lambda rows: rows, batch_size)


def evaluation_batches(images, batch_size, labels=None):
    """Return all images once, in their order, in batches; the last may be smaller.

    The stream reads from `images` without copying them, so changes made to the array later show.

    Args:
        images: array of shape `(n, ...)`, any number type, `n` 1 or more.
        batch_size: images a batch, 1 or more.
        labels: optional array of shape `(n, ...)`. Then each element is `(images, labels)`.

    Returns:
        A finite `tf.data.Dataset` of batches of shape `(batch_size, ...)`.

    Raises:
        ValueError: where there are no images, the labels are not as many, or `batch_size` is
            out of its range.

    Example:

    >>> import numpy as np
    >>> images = np.zeros((10, 8, 8, 3), dtype="uint8")
    >>> [batch.shape[0] for batch in evaluation_batches(images, batch_size=4)]
    [4, 4, 2]
    """
    arrays = _as_arrays(images, labels)
    _check_integer("batch_size", batch_size, minimum=1)

    return epoch_batches(arrays, batch_size)


def steps_per_epoch(images, batch_size):
    """Return how many whole batches an epoch of `training_batches` has.

    Args:
        images: array of shape `(n, ...)`.
        batch_size: images a batch, between 1 and `n`.

    Returns:
        Integer, 1 or more.

    Raises:
        ValueError: where the batch is larger than the data, or `batch_size` less than 1.

    Example:

    >>> import numpy as np
    >>> steps_per_epoch(np.zeros((1000, 2)), batch_size=128)
    7
    """
    _check_integer("batch_size", batch_size, minimum=1)
    if batch_size > len(images):
        raise ValueError(
            "`batch_size` should not exceed the number of images, for training drops a batch that "
            f"is not full. Received: batch_size={batch_size}, {len(images)} images"
        )
    return len(images) // int(batch_size)


def split_images(images, validation_fraction, seed):
    """Split images at random into training and validation, the same way each time.

    Both parts keep the order the images had. Of an array in memory they are copies; of one that is
    mapped from a file they are views which read the rows that are asked for.

    Args:
        images: array of shape `(n, ...)`.
        validation_fraction: the share of images for validation, between 0 and 1, both excluded;
            rounded to a whole number of images.
        seed: integer, 0 or more.

    Returns:
        Tuple of two arrays `(train, validation)`; of a mapped array two `MappedRows`.

    Raises:
        ValueError: where one of the two would be empty, or an argument is out of its range.

    Example:

    >>> import numpy as np
    >>> train, validation = split_images(np.arange(10), validation_fraction=0.2, seed=0)
    >>> len(train), len(validation)
    (8, 2)
    """
    _check_integer("seed", seed, minimum=0)
    if not isinstance(validation_fraction, numbers.Real) or not 0 < validation_fraction < 1:
        raise ValueError(
            "`validation_fraction` should lie between 0 and 1, both excluded. "
            f"Received: validation_fraction={validation_fraction!r}"
        )
    count = round(len(images) * validation_fraction)
    if not 1 <= count < len(images):
        raise ValueError(
            f"A `validation_fraction` of {validation_fraction} of {len(images)} images leaves "
            f"{len(images) - count} for training and {count} for validation; each should have 1 at "
            f"least. Received: validation_fraction={validation_fraction}, {len(images)} images"
        )
    chosen = np.zeros(len(images), dtype=bool)
    chosen[np.random.default_rng(seed).permutation(len(images))[:count]] = True
    images = rows_of(images)
    if isinstance(images, MappedRows):
        return images.select(~chosen), images.select(chosen)
    return images[~chosen], images[chosen]


def _as_arrays(images, labels):
    arrays = [rows_of(array) for array in (images, labels) if array is not None]
    if any(array.ndim == 0 for array in arrays) or len(arrays[0]) == 0:
        raise ValueError(
            "`images` and `labels` should have one row or more. "
            f"Received: shapes {[array.shape for array in arrays]}"
        )
    if len(arrays[-1]) != len(arrays[0]):
        raise ValueError(
            "There should be as many labels as images. "
            f"Received: {len(arrays[0])} images, {len(arrays[-1])} labels"
        )
    return arrays[0] if labels is None else tuple(arrays)


def _check_integer(name, value, minimum=None):
    integer = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not integer or (minimum is not None and value < minimum):
        above = "" if minimum is None else f" of {minimum} or more"
        raise ValueError(f"`{name}` should be an integer{above}. Received: {name}={value!r}")
