"""Train an autoregressive network on rows of whole numbers."""

import math

import keras
import numpy as np
from keras import ops

BATCH_SIZE = 64
LEARNING_RATE, WARM_UP, CLIP = 2e-3, 0.05, 1.0
# Of so many steps each, or of so many passes through the rows where these are few.
EPOCH, PASSES = 100, 16
EPOCHS, PATIENCE = 20, 5


def fit_rows(network, rows, judges, seed, epochs, report):
    """Fit a network to rows; it ends with the weights that did best on those held out.

    Args:
        network: a `CausalTransformer`.
        rows: int32 `(n, 1 + places)`, the class of each first, to train on.
        judges: the same, held out.
        seed: of the batches.
        epochs: at most how many.
        report: called after each with its number and the nats per code of the judges.

    Returns:
        The nats per code of the judges.
    """
    row = keras.Input(rows.shape[1:], dtype="int32")
    model = keras.Model(row, NatsPerCode(network)(row))
    batches = RowBatches(rows, seed)
    steps = epochs * len(batches)
    warm_up = math.ceil(WARM_UP * steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm_up, warmup_target=LEARNING_RATE, warmup_steps=warm_up
    )
    model.compile(keras.optimizers.Adam(schedule, global_clipnorm=CLIP), loss=lambda _, nats: nats)
    history = model.fit(
        batches,
        validation_data=(judges, np.zeros(len(judges), "float32")),
        validation_batch_size=BATCH_SIZE,
        epochs=epochs,
        shuffle=False,  # By a generator that the whole program shares; the batches are random.
        callbacks=[
            keras.callbacks.EarlyStopping("val_loss", patience=PATIENCE, restore_best_weights=True),
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: report(epoch + 1, logs["val_loss"])
            ),
        ],
        verbose=0,
    )
    return min(history.history["val_loss"])


class NatsPerCode(keras.layers.Layer):
    """−log p of the numbers of a row, a mean over its places, for Keras to train."""

    def __init__(self, network):
        super().__init__(dtype="float32")
        self.network = network

    def call(self, row, training=None):
        """One number for each row: `(batch,)`."""
        label, numbers = row[:, 0], row[:, 1:]
        logits = self.network(numbers, label, training=training)
        return -ops.mean(log_prob_of(logits, numbers), axis=-1)

    def compute_output_shape(self, input_shape):
        """One number for each row."""
        return input_shape[:1]


def log_prob_of(logits, numbers):
    """log p of each number by logits `(batch, places, size)`: `(batch, places)`."""
    chosen = ops.take_along_axis(logits, ops.cast(numbers, "int32")[..., None], axis=-1)
    return chosen[..., 0] - ops.logsumexp(logits, axis=-1)


class RowBatches(keras.utils.PyDataset):
    """Batches of random rows, each pass through them in another order."""

    def __init__(self, rows, seed):
        super().__init__()
        self.rows, self.seed, self.epoch = rows, seed, 0
        self.size = min(BATCH_SIZE, len(rows))

    def __len__(self):
        return min(EPOCH, math.ceil(PASSES * len(self.rows) / self.size))

    def __getitem__(self, index):
        # Where the batch lies in an endless row of passes.
        places = (self.epoch * len(self) + index) * self.size + np.arange(self.size)
        passes, offsets = np.divmod(places, len(self.rows))
        chosen = [self.order(number)[offsets[passes == number]] for number in np.unique(passes)]
        return self.rows[np.concatenate(chosen)], np.zeros(self.size, "float32")

    def order(self, number):
        """The order of the rows in a pass."""
        return np.random.default_rng([self.seed, int(number)]).permutation(len(self.rows))

    def on_epoch_end(self):
        """Keras's hook."""
        self.epoch += 1
