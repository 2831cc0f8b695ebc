"""Train a network on latent vectors until it does no better on those held out."""

import math

import keras
import numpy as np
from keras import ops

from keras_genae.execution import steps_at_once
from keras_genae.priors.prior import draw

BATCH_SIZE = 128
# Of so many steps each, or of so many passes through the codes where these are few: what learns
# them by heart would have done so before the first look at those held out.
EPOCH, PASSES = 100, 16
DRAWS_OF_JUDGES = 8
# Steps this small take no longer than Python takes to start them one by one.
STEPS_PER_EXECUTION = steps_at_once(20)
MAX_EPOCHS = 60
# So many epochs without a better loss on the held-out share, and the steps become shorter; so many,
# and training ends.
PATIENCE_OF_STEPS, PATIENCE = 2, 6


def fit_network(
    model,
    codes,
    judges,
    whiten,
    seed,
    epochs=MAX_EPOCHS,
    draws=DRAWS_OF_JUDGES,
    judged_at_once=None,
):
    """Fit a compiled model to whitened draws from posteriors.

    It ends with the weights that did best on codes held out from training.

    Args:
        model: takes u `(batch, *latent_shape)` as data and as target; with conditions a list of u
            and these as data.
        codes: (mean, variance) as in `Prior.fit`, checked; to train on. With conditions a third
            array, float32 `(examples, size)`.
        judges: the same of the codes held out.
        whiten: from z to u, both `(n, *latent_shape)`.
        seed: of the batches and the draws.
        epochs: at most how many.
        draws: of each posterior held out.
        judged_at_once: how many draws held out make a batch; by default all.
    """
    # Several draws of each: with one, the noise of a few codes would say when to stop.
    judges = [part if part is None else np.concatenate([part] * draws) for part in judges]
    data = judged(judges, whiten, seed)
    model.fit(
        LatentBatches(*codes, whiten=whiten, seed=seed),
        validation_data=(data, data[0] if isinstance(data, tuple) else data),
        validation_batch_size=judged_at_once or len(judges[0]),
        epochs=epochs,
        shuffle=False,  # By a generator that the whole program shares; the batches are random.
        callbacks=[
            keras.callbacks.ReduceLROnPlateau("val_loss", 0.3, PATIENCE_OF_STEPS),
            keras.callbacks.EarlyStopping("val_loss", patience=PATIENCE, restore_best_weights=True),
        ],
        verbose=0,
    )


def judged(judges, whiten, seed):
    """What a model takes of codes held out: u, or (u, conditions)."""
    mean, variance, *conditions = judges
    u = whiten(draw(mean, variance, np.random.default_rng(seed))).astype("float32")
    return (u, *conditions) if conditions else u


def start_anew(layer, seed):
    """Give the kernels of layers new random values, from a seed, and the biases zeros.

    Keras draws them from a generator that the whole program shares.
    """
    for index, weight in enumerate(layer.trainable_weights):
        glorot = keras.initializers.GlorotUniform(seed=seed + index)
        weight.assign(glorot(weight.shape) if len(weight.shape) > 1 else ops.zeros(weight.shape))


class LatentBatches(keras.utils.PyDataset):
    """Random batches of whitened draws, each example drawn anew from its posterior each time."""

    def __init__(self, mean, variance, *conditions, whiten, seed):
        super().__init__()
        self.mean, self.variance, self.whiten = mean, variance, whiten
        self.conditions = conditions
        self.seed, self.epoch = seed, 0

    def __len__(self):
        return min(EPOCH, math.ceil(PASSES * len(self.mean) / BATCH_SIZE))

    def __getitem__(self, index):
        rng = np.random.default_rng([self.seed, self.epoch, index])
        rows = rng.choice(len(self.mean), BATCH_SIZE)
        variance = self.variance if self.variance is None else self.variance[rows]
        u = self.whiten(draw(self.mean[rows], variance, rng)).astype("float32")
        if self.conditions:
            return (u, *(part[rows] for part in self.conditions)), u
        return u, u

    def on_epoch_end(self):
        """Keras's hook."""
        self.epoch += 1
