"""Whether the optimizer's step is compiled in one piece."""

import math

import keras

from keras_genae.containers import is_source
from keras_genae.models.array_sources import BATCH_SIZE
from keras_genae.training.muon import Muon

# Steps from which on it pays. Adam and Muon make dozens of operations for each weight; in one piece
# (by XLA) a step of dense networks takes .5 to 1.5 ms less, of a ConvVAE 1 to 2 ms, and compiling
# takes .2 to 1 s.
FUSED_FROM = 500
FUSED = keras.optimizers.Adam, keras.optimizers.AdamW, Muon


def pays_to_fuse(model, given):
    """Whether `fit` has so many steps that compiling the optimizer's step in one piece pays.

    Args:
        model: what is to be trained.
        given: the arguments of `fit` by their names. Epochs before `initial_epoch` count, so that a
            run that is resumed rounds its numbers as it did before.
    """
    is_free = model.chooses_fusing and model.can_fuse and type(model.optimizer) in FUSED
    return is_free and given.get("epochs", 1) * batches_per_epoch(given) >= FUSED_FROM


def batches_per_epoch(given):
    """How many batches `fit` takes in an epoch, of its name → argument; 0 where nobody knows."""
    steps, x = given.get("steps_per_epoch"), given["x"]
    if steps is not None:
        return steps
    if not is_source(x):
        return math.ceil(x.shape[0] / (given.get("batch_size") or BATCH_SIZE))
    try:
        return len(x)
    except TypeError:
        return 0
