"""Side information: the class of an example, or its attributes, as networks take it."""

import keras
import numpy as np
from keras import ops

from keras_genae.networks.checks import check_whole

# Labels of the last training examples that are kept, to draw from.
MEMORY = 1024
# The class number of an example whose class is not known.
MISSING = -1


@keras.saving.register_keras_serializable(package="keras_genae")
class Condition(keras.layers.Layer):
    """What is known of an example beside x, as a vector c of floats.

    A class becomes a one-hot vector, attributes stay the numbers they are. The layer also keeps the
    labels of the last 1024 training examples, from which `draw` takes labels as often as they came.

    Args:
        classes: how many classes, numbered from 0; or the list of their names.
        attributes: how many numbers describe an example, in place of classes.
        optional: whether the class of an example may be unknown: the number −1, a row of zeros or
            of NaN in place of a one-hot row, the name "". It becomes a vector of zeros.

    Input: labels of a batch. Classes are whole numbers `(batch,)` or `(batch, 1)`, one-hot rows
        `(batch, classes)`, or names `(batch,)`; attributes are numbers `(batch, attributes)`.

    Output: float32 `(batch, size)`; rows of NaN for what is no class of these.

    Raises:
        ValueError: unless one of `classes` and `attributes` is given, and sensible.

    Example:

    >>> import numpy as np
    >>> np.array(Condition(classes=["cat", "dog", "owl"])(np.array([2, 0]))).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """

    def __init__(self, classes=None, attributes=None, optional=False, **kwargs):
        super().__init__(**{"dtype": "float32", "trainable": False, **kwargs})
        self.size = size_of(classes, attributes)
        self.names = tuple(classes) if isinstance(classes, (list, tuple)) else None
        self.is_class = classes is not None
        self.optional = bool(optional)
        # Replicas keep what the first has seen, a share of the data like the others'.
        kept = {"initializer": "zeros", "aggregation": "only_first_replica"}
        self.seen = self.add_weight(name="seen", shape=(MEMORY, self.size), **kept)
        self.seen_weight = self.add_weight(name="seen_weight", shape=(MEMORY,), **kept)
        self.built = True

    def call(self, label):
        """c for the labels of a batch."""
        label = ops.convert_to_tensor(label)
        # Keras hands over labels `(n,)` of some dtypes without their rank.
        rank = None if getattr(label.shape, "rank", 0) is None else len(label.shape)
        if rank is not None:
            self.check_shape(tuple(label.shape), "label")
        if not self.is_class:
            return ops.reshape(ops.cast(label, "float32"), (-1, self.size))
        if keras.backend.standardize_dtype(label.dtype) == "string":
            label = ops.reshape(label, (-1, 1))
            c = ops.equal(label, ops.convert_to_tensor(list(self.names or [""] * self.size)))
            is_missing = ops.equal(label, ops.convert_to_tensor([""]))
        elif rank == 2 and label.shape[-1] == self.size:
            c = ops.cast(label, "float32")
            is_missing = ops.all(ops.logical_or(c == 0.0, ops.isnan(c)), axis=-1, keepdims=True)
        else:
            label = ops.reshape(ops.cast(label, "float32"), (-1, 1))
            c = ops.equal(label, ops.arange(self.size, dtype="float32"))
            is_missing = ops.equal(label, float(MISSING))
        c = ops.cast(c, "float32")
        is_one_hot = ops.logical_and(
            ops.all(c * (c - 1.0) == 0.0, axis=-1, keepdims=True),
            ops.sum(c, axis=-1, keepdims=True) == 1.0,
        )
        c = ops.where(is_one_hot, c, float("nan"))
        return ops.where(is_missing, 0.0, c) if self.optional else c

    def numbers(self, label, count, name="label", required=False):
        """Labels of any form as numbers, checked: what goes into a step, or through XLA.

        Args:
            label: array or list as above, one label for each example; a single class, or the
                attributes of one example, for all of them; `None` where no class is known.
            count: how many examples there are.
            name: what to call the labels in a message.
            required: whether none may be missing, even where the condition is optional.

        Returns:
            An array: the classes, int32 `(count,)`, or the attributes, float32
            `(count, attributes)`.

        Raises:
            ValueError: on a label that is missing, of another shape, or none of the classes.
        """
        may_miss = self.optional and not required
        if label is None and not may_miss:
            raise ValueError(
                f"The model asks for a label beside each example, {self.in_words()}: "
                "`fit(x, y)`, `encode(x, label)`, or a dataset of pairs `(x, y)`. "
                f"Received: {name}=None"
            )
        label = self.for_each(MISSING if label is None else label, count)
        if label.dtype == object and not any(isinstance(entry, (str, bytes)) for entry in label):
            label = np.array(label.tolist())
        self.check_shape(label.shape, name)
        if len(label) != count:
            raise ValueError(
                f"There must be one label for each of the {count} examples, or a single one for "
                f"all. Received: {name}.shape={label.shape}"
            )
        if label.dtype.kind not in "biufUSO" or (not self.is_class and label.dtype.kind in "USO"):
            raise ValueError(f"A label is {self.in_words()}. Received: {name}.dtype={label.dtype}")
        if not self.is_class:
            return finite(label, self.size, name)
        return self.class_numbers(label, name, may_miss)

    def for_each(self, label, count):
        """Labels as an array: a single one, of whatever form, `count` times."""
        label = np.asarray(label)
        is_single = label.ndim == (0 if self.is_class or self.size == 1 else 1)
        return np.broadcast_to(label, (count, *label.shape)) if is_single else label

    def class_numbers(self, label, name, may_miss):
        """The number of each class, int32 `(n,)`; a ValueError where there is no such class."""
        if label.dtype.kind in "USO":
            texts = [t.decode() if isinstance(t, bytes) else str(t) for t in label.reshape(-1)]
            known = {text: number for number, text in enumerate(self.names or ())}
            if may_miss:
                known[""] = MISSING
            number = np.array([known.get(text, self.size) for text in texts], "int32")
            strange = [text for text in texts if text not in known]
        elif label.ndim == 2 and label.shape[1] == self.size:
            is_one_hot = np.all((label == 0) | (label == 1), axis=1) & (label.sum(axis=1) == 1)
            is_missing = np.all((label == 0) | (label != label), axis=1) & may_miss
            number = np.where(is_missing, MISSING, np.argmax(label, axis=1))
            strange = label[~(is_one_hot | is_missing)].tolist()
        else:
            number = label.reshape(-1)
            is_known = (number >= 0) & (number < self.size) & (number == np.floor(number))
            strange = number[~(is_known | ((number == MISSING) & may_miss))].tolist()
        if strange:
            raise ValueError(
                f"A label is {self.in_words(may_miss)}. Received: {strange[0]!r} in `{name}`"
            )
        return number.astype("int32")

    def check_shape(self, shape, name):
        """Check the shape of labels of a batch."""
        is_row = len(shape) == 2 and shape[1] in (None, self.size)
        is_number = len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
        if not (is_row or (is_number and (self.is_class or self.size == 1))):
            raise ValueError(f"A label is {self.in_words()}. Received: {name}.shape={shape}")

    def in_words(self, may_miss=False):
        """What a label is, for a message."""
        if not self.is_class:
            return f"{self.size} finite number(s), as a row of an array (n, {self.size})"
        known = f"a whole number from 0 to {self.size - 1}, or a one-hot row of {self.size}"
        if self.names is not None:
            names = ", ".join(map(repr, self.names[:20]))
            known = f"one of {names}{', …' if self.size > 20 else ''}, or {known}"
        return f"{known}, or {MISSING} where it is not known" if may_miss else known

    def update(self, c, sample_weight):
        """Take in the labels of a training batch, `(batch, size)`, newest first."""
        weight = ops.cast(sample_weight, "float32")
        self.seen.assign(ops.concatenate([c, self.seen])[:MEMORY])
        self.seen_weight.assign(ops.concatenate([weight, self.seen_weight])[:MEMORY])

    def draw(self, count, rng):
        """Labels as often as they came in training; of classes before any training, all alike.

        Args:
            count: how many.
            rng: a `numpy.random.Generator`.

        Returns:
            An array like that of `numbers`.

        Raises:
            ValueError: where no attributes have been seen.
        """
        weight = ops.convert_to_numpy(self.seen_weight).astype("float64")
        if not weight.any():
            if self.is_class:
                return rng.integers(self.size, size=count).astype("int32")
            raise ValueError(
                "The model has seen no attributes to draw from: train it, or say what is wanted, "
                "`label=`. Received: label=None"
            )
        seen = ops.convert_to_numpy(self.seen)
        rows = seen[rng.choice(MEMORY, size=count, p=weight / weight.sum())]
        return np.argmax(rows, axis=1).astype("int32") if self.is_class else rows

    def compute_output_shape(self, input_shape):
        """One row for each label."""
        return (input_shape[0], self.size)

    def get_config(self):
        """The constructor's arguments."""
        classes = (list(self.names) if self.names else self.size) if self.is_class else None
        attributes = None if self.is_class else self.size
        own = {"classes": classes, "attributes": attributes, "optional": self.optional}
        return {**super().get_config(), **own}


def size_of(classes, attributes):
    """The length of c; a ValueError unless one of the two is given, and sensible."""
    if (classes is None) == (attributes is None):
        raise ValueError(
            "Give one of `classes`, how many there are or their names, and `attributes`, how many "
            f"numbers. Received: classes={classes!r}, attributes={attributes!r}"
        )
    if classes is None:
        return check_whole("attributes", attributes)
    if isinstance(classes, (list, tuple)):
        is_names = all(isinstance(name, str) and name for name in classes)
        if not is_names or len(set(classes)) != len(classes) or len(classes) < 2:
            raise ValueError(
                "`classes` must be a list of at least two different names, or how many there are. "
                f"Received: classes={classes!r}"
            )
        return len(classes)
    return check_whole("classes", classes, smallest=2)


def finite(label, size, name):
    """Attributes as float32 `(n, size)`; a ValueError where one is not finite."""
    label = label.reshape(-1, size).astype("float32")
    if not np.isfinite(label).all():
        raise ValueError(
            f"Attributes must be finite numbers. Received: {name} from {label.min()} to "
            f"{label.max()}"
        )
    return label
