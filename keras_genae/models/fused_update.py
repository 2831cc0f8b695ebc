"""Whether the optimizer's step is compiled in one piece."""

import math

import keras

from keras_genae.containers import is_source
from keras_genae.models.array_sources import BATCH_SIZE
from keras_genae.models.steps_together import has_length
from keras_genae.training.muon import Muon

# Adam and Muon make dozens of operations for each variable, and each goes over all its weights: in
# one piece, by XLA, over all of them once. Measured on two cores: what a step is shorter by, and
# what compiling takes. The first is counted at half of it, so that no run loses.
SAVED_PER_WEIGHT, SAVED_PER_STEP = 2e-9, 4e-4
COMPILING_PER_VARIABLE, COMPILING = 0.03, 0.1
CAUTION = 2.0
FUSED = keras.optimizers.Adam, keras.optimizers.AdamW, Muon


def pays_to_fuse(model, given):
    """Whether `fit` has so many steps that compiling the optimizer's step in one piece pays.

    Args:
        model: what is to be trained.
        given: the arguments of `fit` by their names. Epochs before `initial_epoch` count, so that a
            run that is resumed rounds its numbers as it did before.
    """
    if not (model.chooses_fusing and model.can_fuse and type(model.optimizer) in FUSED):
        return False
    variables = model.trainable_variables
    weights = sum(math.prod(variable.shape) for variable in variables)
    saved = SAVED_PER_WEIGHT * weights + SAVED_PER_STEP
    compiling = COMPILING_PER_VARIABLE * len(variables) + COMPILING
    return given.get("epochs", 1) * batches_per_epoch(given) * saved >= CAUTION * compiling


def batches_per_epoch(given):
    """How many batches `fit` takes in an epoch, of its name → argument; 0 where nobody knows."""
    steps, x = given.get("steps_per_epoch"), given["x"]
    if steps is not None:
        return steps
    if not is_source(x):
        return math.ceil(x.shape[0] / (given.get("batch_size") or BATCH_SIZE))
    return len(x) if has_length(x) else 0
