"""Looks at the labels of attributes."""

import numpy as np

from keras_genae.evaluation.attribute_directions.separation import FOLDS


def check_labels(labels, count):
    """`labels` as dict of name to float64 `(n,)`, or a ValueError that says what is wrong."""
    if not labels:
        raise ValueError("`labels` must hold at least one attribute. Received: labels={}")
    return {str(name): _check_label(str(name), label, count) for name, label in labels.items()}


def _check_label(name, label, count):
    label = np.asarray(label)
    if label.shape != (count,) or label.dtype.kind not in "buif":
        raise ValueError(
            f"The labels of an attribute must be numbers or booleans of shape ({count},), one for "
            f"each example. Received: labels[{name!r}] of shape {label.shape}, type {label.dtype}"
        )
    label = label.astype("float64")
    if not np.isfinite(label).all():
        raise ValueError(
            "Labels must be finite numbers. Leave out the examples whose label is not known. "
            f"Received: labels[{name!r}] with {np.sum(~np.isfinite(label))} that are not"
        )
    values, counts = np.unique(label, return_counts=True)
    if count and len(values) == 1:
        raise ValueError(
            "An attribute that all examples share has no direction. Leave it out. "
            f"Received: labels[{name!r}], all {values[0]:g}"
        )
    if count < 2 * FOLDS or (len(values) == 2 and counts.min() < FOLDS):
        raise ValueError(
            f"An attribute of two values needs at least {FOLDS} examples of each, one of more "
            f"values {2 * FOLDS} examples. "
            f"Received: labels[{name!r}], {count} examples, the fewest of a value "
            f"{counts.min(initial=count)}"
        )
    return label
