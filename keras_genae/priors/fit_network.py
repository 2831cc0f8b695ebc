"""Train a network on latent vectors until it does no better on those held out."""

import math

import keras
import numpy as np
from keras import ops

from keras_genae.priors.prior import draw

BATCH_SIZE = 128
# Of so many steps each, or of so many passes through the codes where these are few: what learns
# them by heart would have done so before the first look at those held out.
EPOCH, PASSES = 100, 16
DRAWS_OF_JUDGES = 8
# Steps this small take no longer than Python takes to start them one by one.
STEPS_PER_EXECUTION = 20
MAX_EPOCHS = 60
# So many epochs without a better loss on the held-out share, and the steps become shorter; so many,
# and training ends.
PATIENCE_OF_STEPS, PATIENCE = 2, 6


def fit_network(model, codes, judges, whiten, seed, epochs=MAX_EPOCHS):
    """Fit a compiled model to whitened draws from posteriors.

    It ends with the weights that did best on codes held out from training.

    Args:
        model: takes u `(batch, latent_dim)` as data and as target.
        codes: (mean, variance) as in `Prior.fit`, checked; to train on.
        judges: (mean, variance) of the codes held out.
        whiten: from z to u, both `(n, latent_dim)`.
        seed: of the batches and the draws.
        epochs: at most how many.
    """
    # Several draws of each: with one, the noise of a few codes would say when to stop.
    judges = [part if part is None else np.tile(part, (DRAWS_OF_JUDGES, 1)) for part in judges]
    u = whiten(draw(*judges, np.random.default_rng(seed))).astype("float32")
    model.fit(
        LatentBatches(*codes, whiten, seed),
        validation_data=(u, u),
        validation_batch_size=len(u),
        epochs=epochs,
        shuffle=False,  # By a generator that the whole program shares; the batches are random.
        callbacks=[
            keras.callbacks.ReduceLROnPlateau("val_loss", 0.3, PATIENCE_OF_STEPS),
            keras.callbacks.EarlyStopping("val_loss", patience=PATIENCE, restore_best_weights=True),
        ],
        verbose=0,
    )


def start_anew(layer, seed):
    """Give the kernels of dense layers new random values, from a seed, and the biases zeros.

    Keras draws them from a generator that the whole program shares.
    """
    for index, weight in enumerate(layer.trainable_weights):
        glorot = keras.initializers.GlorotUniform(seed=seed + index)
        weight.assign(glorot(weight.shape) if len(weight.shape) == 2 else ops.zeros(weight.shape))


class LatentBatches(keras.utils.PyDataset):
    """Random batches of whitened draws, each example drawn anew from its posterior each time."""

    def __init__(self, mean, variance, whiten, seed):
        super().__init__()
        self.mean, self.variance, self.whiten = mean, variance, whiten
        self.seed, self.epoch = seed, 0

    def __len__(self):
        return min(EPOCH, math.ceil(PASSES * len(self.mean) / BATCH_SIZE))

    def __getitem__(self, index):
        rng = np.random.default_rng([self.seed, self.epoch, index])
        rows = rng.choice(len(self.mean), BATCH_SIZE)
        variance = self.variance if self.variance is None else self.variance[rows]
        u = self.whiten(draw(self.mean[rows], variance, rng)).astype("float32")
        return u, u

    def on_epoch_end(self):
        """Keras's hook."""
        self.epoch += 1
