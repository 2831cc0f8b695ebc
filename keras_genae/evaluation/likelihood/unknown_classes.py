"""Examples whose class is not known: measured in every class y, p(x) = Σ_y p(y) p(x|y)."""

import dataclasses
import math

import numpy as np
from keras import ops

from keras_genae.evaluation.compiled import compiled
from keras_genae.layers.condition import MISSING


@dataclasses.dataclass
class Rows:
    """A batch in which each example is there once in every class that it may have.

    Attributes:
        examples: `(x, label)`, arrays `(rows, ...)`, no label missing.
        log_q: log q(y|x), `(rows,)`; 0 where the class is known.
        log_p: log p(y), uniform; 0 where the class is known, and a condition.
        firsts: the first row of each example.
    """

    examples: tuple
    log_q: np.ndarray
    log_p: np.ndarray
    firsts: np.ndarray


def over_classes(model, of_batch, total):
    """`of_batch`, also of examples without a class where the model can infer one.

    Args:
        model: a model of the zoo.
        of_batch: function of x, or of `(x, label)`, to `(rows,)`.
        total: function of values `(rows,)` and `Rows` to `(examples,)`.
    """
    if model.condition is None or not model.condition.optional:
        return of_batch

    def of_examples(batch):
        rows = in_every_class(model, *map(ops.convert_to_numpy, batch))
        values = ops.convert_to_numpy(of_batch(rows.examples)).astype("float64")
        return total(values, rows).astype("float32")

    return of_examples


def in_every_class(model, x, label):
    """The `Rows` of a batch of examples and the numbers of their classes."""
    classes = model.condition.size
    counts = np.where(label == MISSING, classes, 1)
    firsts = np.cumsum(counts) - counts
    example = np.repeat(np.arange(len(label)), counts)
    is_missing = label[example] == MISSING
    label = np.where(is_missing, np.arange(len(example)) - firsts[example], label[example])
    log_q = ops.convert_to_numpy(compiled(model, _log_class_probabilities)(x)).astype("float64")
    return Rows(
        (x[example], label.astype("int32")),
        np.where(is_missing, log_q[example, label], 0.0),
        np.where(is_missing, -math.log(classes), 0.0),
        firsts,
    )


def mean_distortion(values, rows):
    """Σ_y q(y|x) D(x, y)."""
    return np.add.reduceat(np.exp(rows.log_q) * values, rows.firsts)


def mean_rate(values, rows):
    """Σ_y q(y|x) R(x, y) + KL(q(y|x) ‖ p(y))."""
    cost = values + rows.log_q - rows.log_p
    return np.add.reduceat(np.exp(rows.log_q) * cost, rows.firsts)


def log_of_sum(values, rows):
    """log Σ_y p(y) p(x|y)."""
    return np.logaddexp.reduceat(values + rows.log_p, rows.firsts)


def _log_class_probabilities(model, x):
    return model.log_class_probabilities(model.to_float(x))
