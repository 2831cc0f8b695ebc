"""The activations of a network's layer, as data to learn from."""

import keras
from keras import ops

from keras_genae.batches import split_into_batches
from keras_genae.containers import as_array, is_read_once, is_source

POSITIONS = ("each", "mean")


def activations(model, layer, data, positions="each", batch_size=128):
    """Stream what a layer of a Keras model gives for data: rows for a sparse dictionary.

    The model runs anew on each pass through the stream, a batch at a time, so nothing is kept. What
    fits in memory is faster as an array: `np.concatenate(list(stream))`.

    Args:
        model: a built Keras model of one input, functional or `Sequential`.
        layer: a layer of it, or its name.
        data: examples as the model takes them, an array `(n, ...)`; or a source that can be read
            again, such as a `tf.data.Dataset` of batches, whose elements may be tuples `(x, ...)`.
        positions: of a layer whose output has axes between batch and channels, such as the map of a
            convolution or the tokens of a transformer: `"each"` gives a row for each position, one
            input's behind the other's, `"mean"` one for each input, their mean.
        batch_size: examples at a time, for arrays; with a row for each position a step of `fit`
            takes as many times more rows.

    Returns:
        A `tf.data.Dataset` of float32 batches `(rows, channels)`, in the order of the data;
        `map_shape` says how many rows an input has.

    Raises:
        ValueError: where there is no such layer, or the data can be read only once.

    Example:

    >>> import numpy as np
    >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(3, 3, name="edges")])
    >>> stream = activations(model, "edges", np.zeros((5, 8, 8, 1), "float32"))
    >>> np.concatenate(list(stream)).shape, map_shape(model, "edges")  # 5 · 6 · 6 rows.
    ((180, 3), (6, 6))
    """
    import tensorflow as tf

    if positions not in POSITIONS:
        raise ValueError(
            f"`positions` must be one of {', '.join(map(repr, POSITIONS))}. "
            f"Received: positions={positions!r}"
        )
    data = as_array(data, "data")
    if is_source(data) and is_read_once(data):
        raise ValueError(
            "Each pass reads the data anew, so they must be an array, or a dataset that can be "
            f"read again. Received: data of type {type(data).__name__}"
        )
    output = layer_output(model, layer)
    network = keras.Model(model.inputs[0], output)
    channels = output.shape[-1]
    axes = tuple(range(1, len(output.shape) - 1))

    def rows():
        for batch in split_into_batches(data, batch_size)[0]:
            values = ops.cast(network(batch, training=False), "float32")
            if positions == "mean" and axes:
                values = ops.mean(values, axis=axes)
            yield ops.convert_to_numpy(ops.reshape(values, (-1, channels)))

    stream = tf.data.Dataset.from_generator(
        rows, output_signature=tf.TensorSpec((None, channels), "float32")
    )
    count = split_into_batches(data, batch_size)[1]
    return stream if count is None else stream.apply(tf.data.experimental.assert_cardinality(count))


def map_shape(model, layer):
    """The axes of a layer's output between batch and channels, as `explain` takes them.

    Args:
        model, layer: as in `activations`.

    Returns:
        A tuple, such as `(7, 7)` of a convolution; `()` of a dense layer.

    Raises:
        ValueError: where there is no such layer.
    """
    return tuple(layer_output(model, layer).shape[1:-1])


def layer_output(model, layer):
    """The symbolic output of a layer, given itself or by its name."""
    if len(getattr(model, "inputs", None) or ()) != 1:
        raise ValueError(
            "`model` must be a built Keras model of one input, functional or Sequential. Of a "
            "subclassed one take the part that is, such as `model.encoder`. "
            f"Received: model={model}"
        )
    output = (model.get_layer(layer) if isinstance(layer, str) else layer).output
    if isinstance(output, (list, tuple, dict)) or len(output.shape) < 2:
        raise ValueError(
            "`layer` must have one output, of the shape (batch, ..., channels). "
            f"Received: layer={layer!r}, whose output is {output}"
        )
    return output
