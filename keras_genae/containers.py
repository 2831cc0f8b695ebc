"""What holds the data: an array of all examples, or a source that yields batches of them."""

import numbers

import keras
import numpy as np
from keras import ops

# What `cardinality()` of a `tf.data.Dataset` says of a stream without an end.
INFINITE = -1


def as_array(data, name="x"):
    """Data as something with a shape and a dtype that can be sliced, whatever container they had.

    Args:
        data: array, masked array without masked values, list, DataFrame, Series, sparse matrix, or
            tensor; a source of batches is given back as it is.
        name: what to call the data in a message.

    Returns:
        A NumPy array, an eager tensor, or a SciPy matrix in CSR format.

    Raises:
        ValueError: where `data` is none of these, or an array of them would not be what they are.
    """
    if is_source(data):
        return data
    if hasattr(data, "tocsr"):  # Any sparse matrix of SciPy.
        return canonical(data.tocsr())
    if isinstance(data, np.ma.MaskedArray) and np.ma.is_masked(data):
        raise ValueError(
            f"`{name}` holds masked values, which an array without its mask would hide. Fill them, "
            "and give the mask as weights of the entries: `model.fit(x.filled(0), "
            f"sample_weight=~np.ma.getmaskarray(x))`. Received: {data.mask.sum()} masked values"
        )
    if hasattr(data, "nested_row_splits"):
        raise ValueError(
            f"`{name}` is ragged: its examples differ in shape. Bring them to one shape, such as "
            f"by `.to_tensor()`. Received: {name}.shape={data.shape}"
        )
    if hasattr(data, "dense_shape"):  # A sparse tensor.
        return ops.convert_to_numpy(ops.convert_to_tensor(data, sparse=False))
    if hasattr(data, "to_numpy"):  # A DataFrame or Series.
        return data.to_numpy()
    if ops.is_tensor(data):
        return data
    if hasattr(data, "detach"):  # A tensor of PyTorch, which may live on another device.
        return data.detach().cpu().numpy()
    if isinstance(data, (list, tuple, numbers.Number)) or hasattr(data, "__array__"):
        try:
            # No subclass of an array: the rows of an `np.matrix` are matrices.
            return np.asarray(data)
        except ValueError:
            raise ValueError(
                f"The parts of `{name}` differ in shape, so that they make no array. Targets, "
                "labels and weights are arguments of their own. "
                f"Received: {name} of type {type(data).__name__}"
            ) from None
    variable = name.split()[-1]
    raise ValueError(
        f"`{name}` must be an array, or a dataset that yields batches."
        f"{f' Call the function: `{variable} = {variable}()`.' if callable(data) else ''} "
        f"Received: {name} of type {type(data).__name__}"
    )


def canonical(matrix):
    """A CSR matrix whose entries are in order, each of them once."""
    if not matrix.has_canonical_format:
        matrix = matrix.copy()
        matrix.sum_duplicates()
    return matrix


def is_sparse(data):
    """Whether `data` is a sparse matrix, of which `dense` makes arrays."""
    return hasattr(data, "tocsr")


def dense(data):
    """A batch as an array: rows of a sparse matrix with their zeros."""
    return data.toarray() if is_sparse(data) else data


def shape_of(data):
    """The shape as a tuple, with `None` for unknown sizes; `None` where not even the rank is known.

    Keras hands over labels `(n,)` of some dtypes without their rank.
    """
    shape = getattr(data, "shape", None)
    if shape is None or getattr(shape, "rank", 0) is None:
        return None
    return tuple(shape)


def is_batch_of(shape, example_shape):
    """Whether a shape is that of a batch of examples; unknown sizes match."""
    if shape is None or len(shape) != len(example_shape) + 1:
        return False
    pairs = zip(shape[1:], example_shape, strict=True)
    return all(have is None or have == want for have, want in pairs)


# Sources.


def is_source(data):
    """Whether `data` yields batches; arrays, tensors, lists and nests of them do not."""
    if isinstance(data, keras.utils.PyDataset) or hasattr(data, "element_spec"):
        return True
    is_array = hasattr(data, "shape") or hasattr(data, "__array__")
    is_nest = isinstance(data, (list, tuple, dict, str, bytes))
    return hasattr(data, "__iter__") and not is_array and not is_nest


def is_read_once(source):
    """Whether a source is an iterator, from which a look takes what it looks at."""
    return hasattr(source, "__next__")


def is_endless(source):
    """Whether a source says of itself that it has no end."""
    if isinstance(source, keras.utils.PyDataset):
        return source.num_batches is None
    cardinality = getattr(source, "cardinality", None)
    if cardinality is None:
        return False
    return int(cardinality() if callable(cardinality) else cardinality) == INFINITE


def batches_of(source):
    """An iterator over the elements of a source."""
    if isinstance(source, keras.utils.PyDataset):
        return (source[i] for i in range(source.num_batches))
    return iter(source)


def peek(source):
    """The first element of a source in a list, empty where there is none; and the source, unspent.

    What can be read once only comes back as a generator of tuples of arrays, as Keras wants it.
    """
    if isinstance(source, keras.utils.PyDataset):
        return ([] if source.num_batches == 0 else [source[0]]), source
    if not is_read_once(source):
        # `take` stops the workers of a pipeline once the first batch is there.
        return list(
            batches_of(source.take(1) if hasattr(source, "take") else first(source))
        ), source
    head = list(first(source))

    def unspent():
        yield from map(as_tuple, head)
        yield from map(as_tuple, source)

    return head, unspent()


def first(source):
    """An iterator over the first element alone."""
    for element in source:
        yield element
        return


def as_tuple(element):
    """(x, y, sample_weight), as far as an element has them, as arrays."""
    x, y, sample_weight = map(arrays_in, keras.utils.unpack_x_y_sample_weight(element))
    return (x,) if y is None and sample_weight is None else (x, y, sample_weight)


def arrays_in(data, name="x"):
    """`as_array` of every entry of nested dictionaries, or of what is none; `None` stays."""
    if isinstance(data, dict):
        return {key: arrays_in(value, f"{name}[{key!r}]") for key, value in data.items()}
    return None if data is None else as_array(data, name)


# Elements.


def entries_of(nest, path=""):
    """(path, value) of every entry of nested dictionaries."""
    for name, value in nest.items():
        if isinstance(value, dict):
            yield from entries_of(value, f"{path}{name}/")
        else:
            yield f"{path}{name}", value


def pick(x, example_shape):
    """Find the data among the entries of a dictionary by their shape.

    Args:
        x: an array or tensor; or nested dictionaries, of which one entry holds the examples.
        example_shape: the shape of one example.

    Returns:
        The examples, and a dictionary path → value of the other entries; `None` where there are no
        others.

    Raises:
        ValueError: where it is not clear which entry is meant.
    """
    if not isinstance(x, dict):
        return x, None
    shapes = {path: shape_of(value) for path, value in entries_of(x)}
    # A batch of examples; else one example, or data of another size, which the next check names.
    for fits in (
        lambda shape: is_batch_of(shape, example_shape),
        lambda shape: shape == tuple(example_shape),
        lambda shape: shape is not None and len(shape) == len(example_shape) + 1,
    ):
        found = [path for path, shape in shapes.items() if fits(shape)]
        if found:
            break
    if len(found) != 1:
        wanted = f"(batch, {', '.join(map(str, example_shape))})"
        raise ValueError(
            f"{'Several entries have' if found else 'No entry has'} the shape {wanted} that the "
            "model was built for. Say which is meant: `data = data.map(lambda element: "
            "element['image'])`, or `(element['noisy'], element['clean'])` for pairs. "
            f"Received: entries of shapes {shapes}"
        )
    values = dict(entries_of(x))
    examples = values.pop(found[0])
    return examples, values or None


class Examples:
    """A function of each element of a source, in an order of its own each time, like the source."""

    def __init__(self, source, function):
        self.source = source
        self.function = function

    def __iter__(self):
        return map(self.function, batches_of(self.source))

    def __len__(self):
        if isinstance(self.source, keras.utils.PyDataset):
            return self.source.num_batches
        return len(self.source)
