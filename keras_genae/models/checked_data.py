"""Data as the model takes them, whatever container they came in, or an error in words."""

import keras
import numpy as np

from keras_genae.containers import (
    Examples,
    arrays_in,
    as_array,
    dense,
    is_endless,
    is_read_once,
    is_source,
    peek,
    pick,
    shape_of,
)
from keras_genae.models.data_checks import (
    check_class_weight,
    check_data,
    check_no_strings,
    check_shape,
    check_values,
    check_weights,
    code_of,
    dtype_name,
    is_target,
    single_label,
)


class CheckedData:
    """Mixin of a model: a look at arrays, and at the first batch of a source, before any step.

    It asks of the model its `input_shape`, `likelihood_layer` and `takes_strings`.
    """

    @property
    def is_image(self):
        """Whether an example is an image rather than a vector."""
        return len(self.input_shape) == 3

    @property
    def target_values(self):
        """The `Values` that the likelihood gives a density to."""
        return self.likelihood_layer.values

    @property
    def input_values(self):
        """The `Values` that the encoder may see."""
        return self.likelihood_layer.input_values

    def check_examples(self, x, label=None, is_target=True):
        """Look at examples before anything is done with them.

        Args:
            x: as in `fit`.
            label: as in `encode`.
            is_target: whether `x` is to be compared with its reconstruction.

        Returns:
            The examples alone, for `in_batches`: an array, or an iterable of arrays; where the
            model has a condition, a tuple of arrays `(x, label)`, or an iterable of them. Use this
            rather than `x`, from which a look takes the first batch where it is a generator.

        Raises:
            ValueError: on data of the wrong shape, dtype or range.
        """
        self.check_wanted(label)
        if is_source(x) and label is not None:
            raise ValueError(
                "The labels of a dataset are in its elements: pairs `(x, label)`. "
                f"Received: a dataset, and label={label!r}"
            )
        label = np.asarray(label) if isinstance(label, str) else label
        x, label, _ = self.prepare(x, label, is_own_target=is_target)
        if not is_source(x):
            return x if self.condition is None else (x, label)

        def examples(element):
            x, y, _ = keras.utils.unpack_x_y_sample_weight(element)
            x, labels = pick(x, self.input_shape)
            batch = as_array(x)
            y = None if self.condition is None else arrays_in(labels if y is None else y)
            label = self.check_arrays(
                batch, y, is_own_target=is_target, prefix="a batch of ", codes="xy"
            )
            # An element whose x is a pair.
            return batch if self.condition is None else ((batch, label),)

        return map(examples, x) if is_read_once(x) else Examples(x, examples)

    def with_label(self, z, label):
        """Latent vectors for `in_batches`: with their labels where the model has a condition."""
        self.check_wanted(label)
        if self.condition is None:
            return z
        return z, self.condition.numbers(label, len(z), required=True)

    def check_wanted(self, label):
        """Check that there is no label where the model does nothing with it."""
        if self.condition is None and label is not None:
            raise ValueError(
                "The model knows nothing of labels, so that `label` would be without effect; "
                "`batch_size` and the like go by their names. A `ConditionalVAE` takes labels, and "
                "`sample` does after `fit_prior(x, 'flow_matching', labels=y)`. "
                f"Received: {type(self).__name__}, label={label!r}"
            )

    def prepare(
        self,
        x,
        y=None,
        sample_weight=None,
        class_weight=None,
        is_own_target=True,
        prefix="",
        steps=None,
    ):
        """Look at arrays, and at the first batch of a source.

        Args:
            x, y, sample_weight, class_weight: as in `fit`.
            is_own_target: whether `x` is its own target where `y` brings none.
            prefix: what to put before the name of the data in a message.
            steps: how many batches of a source are wanted; `None`: all.

        Returns:
            (x, y, sample_weight) as Keras takes them.

        Raises:
            ValueError: on data of the wrong shape, dtype or range.
        """
        if not is_source(x):
            arrays = self.as_arrays(x, y, sample_weight, prefix)
            codes = code_of(x, "x"), code_of(y, "y")
            y = self.check_arrays(*arrays, class_weight, is_own_target, prefix, codes)
            x, _, sample_weight = arrays
            # Keras drops weights that come without y.
            return x, x if y is None and sample_weight is not None else y, sample_weight
        if is_endless(x) and steps is None:
            raise ValueError(
                f"The {prefix}data have no end. Say how many batches are meant: "
                f"`steps_per_epoch=`, `validation_steps=`, `steps=`, or `data.take(100)`. "
                f"Received: {x}"
            )
        if is_distributed(x):
            return x, y, sample_weight  # The first step sees their shape.
        elements, x = peek(x)
        if not elements:
            raise ValueError(f"There is no example in `{prefix}x`. Received: {x}")
        self.check_element(elements[0], x, class_weight, is_own_target, prefix)
        return x, y, sample_weight

    def as_arrays(self, x, y, sample_weight, prefix=""):
        """(x, y, sample_weight) as arrays, from whatever containers."""
        x = arrays_in(x, f"{prefix}x") if isinstance(x, dict) else as_array(x, f"{prefix}x")
        x, labels = pick(x, self.input_shape)
        y = labels if y is None else arrays_in(y, f"{prefix}y")
        if dtype_name(y) == "str":
            y = y.astype(object)  # In which Keras takes strings.
        return x, y, dense(arrays_in(sample_weight, f"{prefix}sample_weight"))

    def check_element(self, element, source, class_weight, is_own_target, prefix):
        """Look at the first element of a source."""
        is_loader = type(source).__module__.startswith("torch")
        if is_loader and not isinstance(element, (tuple, list)):
            raise ValueError(
                "Keras takes a DataLoader whose elements are tuples: return `(x,)` from its data "
                "set, such as `torch.utils.data.TensorDataset(x)`. "
                f"Received: a DataLoader of elements of type {type(element).__name__}"
            )
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(element)
        x, labels = pick(x, self.input_shape)
        y = labels if y is None else y
        for part in () if is_read_once(source) else (x, y, sample_weight):
            if not (part is None or isinstance(part, dict) or hasattr(part, "dtype")):
                raise ValueError(
                    "The elements must be arrays: `np.asarray(x)`, for targets, labels and weights "
                    f"as well. Received: a batch of type {type(part).__name__}"
                )
        if shape_of(x) == self.input_shape:
            is_dataset = hasattr(source, "batch")
            line = "`data = data.batch(32)`" if is_dataset else "one example is `x[None]`"
            raise ValueError(
                f"The model takes batches of examples, but the data come one by one: {line}. "
                f"Received: elements of shape {self.input_shape}"
            )
        prefix = f"{prefix}first batch of "
        arrays = self.as_arrays(x, y, sample_weight, prefix)
        if y is not None and not self.takes_strings:
            check_no_strings(arrays[1], f"{prefix}y")
        self.check_arrays(*arrays, class_weight, is_own_target, prefix, codes="xy")

    def check_arrays(
        self,
        x,
        y=None,
        sample_weight=None,
        class_weight=None,
        is_own_target=True,
        prefix="",
        codes="xy",
    ):
        """Look at examples, their targets and their weights; `codes` is how to write x and y.

        Returns:
            y as a step takes it.
        """
        check_shape(shape_of(x), self.input_shape, f"{prefix}x", codes[0])
        if self.condition is not None and y is not None:
            y = self.condition.for_each(single_label(y), x.shape[0])
        has_target = y is not None and is_target(y, self.input_shape, f"{prefix}y")
        label = self.check_label(None if has_target else y, x.shape[0], f"{prefix}y")
        if class_weight is not None:
            check_class_weight(y, self.input_shape)
        weight = None
        if sample_weight is not None:
            weight = check_weights(sample_weight, self.input_shape, f"{prefix}sample_weight")
        if has_target and y is not x:
            check_data(y, self.input_shape, self.target_values, f"{prefix}y", codes[1], weight)
        is_own_target = is_own_target and not has_target
        values = self.target_values if is_own_target else self.input_values
        check_values(x, self.is_image, values, f"{prefix}x", codes[0], weight)
        return y if has_target else label

    def check_label(self, label, count, name):
        """Labels as a step takes them: of a model with a condition as numbers, none missing."""
        if self.condition is not None:
            return self.condition.numbers(label, count, name)
        if label is not None and not self.takes_strings:
            check_no_strings(label, name)
        return label


def is_distributed(source):
    """Whether a dataset has been dealt out to replicas, so that its elements are no batches."""
    return (
        hasattr(source, "element_spec") and not hasattr(source, "take") and not is_read_once(source)
    )
