"""What a trial is judged by: one quality, and costs."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Measure:
    """One number of a trial.

    Attributes:
        direction: `"max"` or `"min"`: which is better.
        unit: in words, for tables and figures.
    """

    direction: str
    unit: str


# Units that mean the same in every trial of a search: a loss whose meaning moves with `beta` is
# none of them.
QUALITIES = {
    "val_elbo_per_dim": Measure("max", "nats per dimension, on validation data, at beta = 1"),
    "val_mse": Measure("min", "squared units of the data, on validation data"),
}
COSTS = {
    "val_l0": Measure("min", "features of a dictionary that fire, mean over validation data"),
    "parameters": Measure("min", "numbers"),
    "flops_per_image": Measure("min", "floating-point operations to reconstruct one image"),
    "encode_ms": Measure("min", "milliseconds an image"),
    "decode_ms": Measure("min", "milliseconds an image"),
    "code_bytes": Measure("min", "bytes of code an image"),
    "training_seconds": Measure("min", "seconds of training"),
}
MEASURES = {**QUALITIES, **COSTS}
# What each epoch measures anew; the other costs are known before, or when all is over.
OF_AN_EPOCH = (*QUALITIES, "val_l0")


def directions(names):
    """The directions of objectives, in their order.

    Example:

    >>> directions(["val_elbo_per_dim", "parameters"])
    ['max', 'min']
    """
    return [MEASURES[name].direction for name in names]


def is_better(name, a, b):
    """Whether `a` is a better value of the measure than `b`."""
    return a > b if MEASURES[name].direction == "max" else a < b
