"""What the densities share that learn a code's class with it."""

import numbers

import numpy as np
from keras import ops

from keras_genae.layers.condition import Condition

# More than that are numbers of another kind.
MOST_CLASSES = 10_000


class Labelled:
    """Mixin of a prior: the class of a code, a condition to draw by.

    `fit` takes `labels`, one for each code, and `sample` a `label`: classes as whole numbers,
    one-hot rows or names.
    """

    def make_condition(self, classes):
        """Make the layer `condition`; `None` where no classes are given.

        Args:
            classes: how many, or the list of their names, or `None`.
        """
        self.condition = None
        if classes is not None:
            self.condition = Condition(classes, optional=True, name="condition")

    @property
    def condition_size(self):
        """How many numbers a condition has; 0 where there is none."""
        return 0 if self.condition is None else self.condition.size

    def conditions_of(self, labels, count, seed):
        """Conditions of codes: a tuple of one float32 array `(count, classes)`, or of none.

        Args:
            labels: as of `fit`; their shares are kept, to draw from.
            count: how many codes there are.
            seed: of the labels that are kept, where they are many.
        """
        if (self.condition is None) != (labels is None):
            raise ValueError(
                "A prior made with `classes=` is fitted with `labels=`, one for each code, and one "
                f"made without them is not. Received: classes={self.classes!r}, "
                f"labels={None if labels is None else np.shape(labels)}"
            )
        if labels is None:
            return ()
        number = self.condition.numbers(labels, count, "labels")
        c = ops.convert_to_numpy(self.condition(number))
        order = np.random.default_rng(seed).permutation(count)
        # Those whose class is not known are not drawn by it.
        self.condition.update(c[order], c[order].sum(axis=1))
        return (c,)

    def wanted(self, label, guidance, count, rng):
        """Conditions to draw by, float32 `(count, classes)`; `None` where there are none.

        Args:
            label: one for all, or one each; by default drawn as often as they came.
            guidance: as of `sample`; checked.
            count: how many codes are to be drawn.
            rng: a `numpy.random.Generator`.
        """
        if not isinstance(guidance, numbers.Real) or not 0.0 <= guidance < np.inf:
            raise ValueError(
                "`guidance` must be a number of at least 0: 0 draws without the label, 1 by it, "
                f"above 1 what is more typical of it. Received: guidance={guidance!r}"
            )
        if self.condition is None:
            if label is not None or guidance != 1.0:
                raise ValueError(
                    "The prior was fitted without labels, so that `label` and `guidance` would be "
                    "without effect: fit it with `labels=`. "
                    f"Received: label={label!r}, guidance={guidance!r}"
                )
            return None
        if label is None:
            number = self.condition.draw(count, rng)
        else:
            number = self.condition.numbers(label, count, required=True)
        return ops.convert_to_numpy(self.condition(number))

    @property
    def classes(self):
        """How many classes there are, or the list of their names; `None` without."""
        return None if self.condition is None else self.condition.get_config()["classes"]


def classes_of(labels):
    """The classes that labels are of: the sorted names, or how many there are.

    Args:
        labels: names or whole numbers `(n,)`, or one-hot rows `(n, classes)`.

    Raises:
        ValueError: where they are nothing of that.

    Example:

    >>> classes_of(["owl", "cat", "owl"]), classes_of([0, 2, 1]), classes_of([[1, 0], [0, 1]])
    (['cat', 'owl'], 3, 2)
    """
    labels = np.asarray(labels)
    if labels.size and all(isinstance(label, (str, bytes)) for label in labels.reshape(-1)):
        texts = (t.decode() if isinstance(t, bytes) else str(t) for t in labels.reshape(-1))
        return sorted(set(texts) - {""})
    is_numbers = labels.dtype.kind in "biuf" and labels.size and labels.ndim in (1, 2)
    if not is_numbers or not np.isfinite(labels).all():
        raise ValueError(
            "`labels` must be the classes of the examples: whole numbers from 0, one-hot rows, or "
            f"names. Received: labels of dtype {labels.dtype} and shape {labels.shape}"
        )
    is_one_hot = labels.ndim == 2 and labels.shape[1] > 1
    count = labels.shape[1] if is_one_hot else int(np.max(labels)) + 1
    if not 2 <= count <= MOST_CLASSES:
        raise ValueError(
            f"`labels` must be of 2 classes at least, and {MOST_CLASSES} at most: whole numbers "
            f"from 0, one-hot rows, or names. Received: {count} classes"
        )
    return count
