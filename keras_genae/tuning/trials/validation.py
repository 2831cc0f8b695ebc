"""The examples that the qualities of a trial are measured on."""

import itertools

import numpy as np

from keras_genae import datasets


class Validation:
    """Validation data, in whichever form `fit` was given them.

    Args:
        data: array, tuple `(x,)`, `(x, y)` or `(x, y, sample_weight)`, or a dataset of batches.
        steps: of a dataset, how many batches; by default all.

    Attributes:
        for_fit: the data in a form that `fit` takes.
        x: array `(n, *input_shape)`.
        target: what should come back, where it is not `x`; else `None`.
        label: y where it is no target; else `None`.

    Raises:
        ValueError: where the elements of a dataset are neither arrays nor tuples, or the data can
            be read only once.
    """

    def __init__(self, data, steps=None):
        if comes_in_batches(data):
            self.for_fit, self.steps = data, steps
            parts = _gathered(data, steps)
        else:
            parts = tuple(data) if isinstance(data, list | tuple) else (data,)
            self.for_fit, self.steps = parts, None
            if all(part is None for part in parts[1:]):  # Larger batches than Keras's own.
                self.for_fit = datasets.evaluation_batches(data_of(parts[0]), 128)
        self.x = data_of(parts[0])
        y = data_of(parts[1]) if len(parts) > 1 and parts[1] is not None else None
        # What has another shape is a label.
        is_target = y is not None and y.shape == self.x.shape
        self.target, self.label = (y, None) if is_target else (None, y)

    def evaluate(self, model):
        """Name → value of the model's terms, each a mean over the examples."""
        parts = self.for_fit if isinstance(self.for_fit, tuple) else (self.for_fit,)
        given = dict(zip(("x", "y", "sample_weight"), parts, strict=False))
        return model.evaluate(**given, steps=self.steps, verbose=0, return_dict=True)


def data_of(array):
    """An array of any container, as NumPy's."""
    return array if isinstance(array, np.ndarray) else np.asarray(array)


def comes_in_batches(data):
    """Whether data are batches already: a dataset, a `PyDataset`, a generator."""
    return hasattr(data, "element_spec") or not (
        data is None or hasattr(data, "shape") or isinstance(data, list | tuple)
    )


def split(x, y, fraction):
    """The last share of arrays set aside, as Keras's `validation_split` does.

    Returns:
        Tuple of `(x, y)` for training and `(x, y)` for validation.

    Raises:
        ValueError: where the data are no arrays, or too few.
    """
    if comes_in_batches(x):
        raise ValueError(
            "`validation_split` needs arrays. Give `validation_data` with a dataset. "
            f"Received: x of type {type(x).__name__}"
        )
    x, y = data_of(x), None if y is None else data_of(y)
    kept = int(len(x) * (1.0 - fraction))
    if not 0 < kept < len(x):
        raise ValueError(
            "`validation_split` must leave examples for both training and validation. "
            f"Received: validation_split={fraction} of {len(x)} examples"
        )
    return (x[:kept], None if y is None else y[:kept]), (x[kept:], None if y is None else y[kept:])


def _gathered(batches, steps):
    """The first two parts of all elements of a dataset, one array each."""
    if hasattr(batches, "__next__"):
        raise ValueError(
            "Validation data are read after every epoch, and a generator can be read only once. "
            f"Give an array or a dataset. Received: {type(batches).__name__}"
        )
    if hasattr(batches, "num_batches"):  # A `PyDataset`, whose iteration does not end by itself.
        batches = (batches[i] for i in range(batches.num_batches))
    parts = []
    for element in itertools.islice(batches, steps):
        element = element if isinstance(element, tuple) else (element,)
        if any(isinstance(part, dict) for part in element):
            raise ValueError(
                "Validation data must be batches of arrays or tuples `(x, y)`. "
                f"Received: elements of type {type(element[0]).__name__}"
            )
        parts.append([np.asarray(part) for part in element[:2]])
    if not parts:
        raise ValueError("Validation data must hold one batch or more. Received: none")
    return tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))
