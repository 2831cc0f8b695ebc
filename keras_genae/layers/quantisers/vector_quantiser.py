"""Vectors by the nearest one of a codebook that is learnt."""

import math

import keras
from keras import ops

from keras_genae import noise
from keras_genae.layers.quantisers.code import Code, straight_through
from keras_genae.layers.quantisers.k_means import drawn, k_means, nearest, sums_by_index
from keras_genae.layers.quantisers.quantiser import Quantiser, places_of

# A code that is used less often than this share of the mean is dead.
DEAD_SHARE = 0.1
TINY = 1e-12


@keras.saving.register_keras_serializable(package="keras_genae")
class VectorQuantiser(Quantiser):
    """A codebook: each vector h becomes the nearest row e of a table.

    The rows are the means of the vectors they stand for, over the last hundred or so training
    batches; or, with `is_trained`, weights that a loss moves. With `restarts` a codebook starts as
    the k-means of the first batch; and a row that has hardly been used for the last batches is
    moved to a vector of the batch that is far from all rows. Examples of weight 0 do nothing to it.

    Args:
        size: rows, K.
        dim: entries of a row.
        is_trained: whether gradients move the rows, rather than means of vectors.
        restarts: whether rows that are not used start anew.

    References:
        van den Oord et al., "Neural Discrete Representation Learning", 2017, appendix A.1 (means);
        Dhariwal et al., "Jukebox", 2020 (restarts).
    """

    MOMENTUM = 0.99
    # Whether the rows stay as they are drawn, whatever else is trained.
    FROZEN = False

    def __init__(self, size, dim, is_trained=False, restarts=True, **kwargs):
        super().__init__(size, dim, **kwargs)
        self.is_trained, self.restarts = is_trained, restarts
        bound = math.sqrt(3.0 / dim)  # Rows of length 1 or so.
        # By this name optimizers know that it is no matrix to multiply by. Replicas keep the first
        # one's: those of others, drawn from other vectors, have means that are none.
        self.embeddings = self.add_weight(
            name="embeddings",
            shape=(size, dim),
            initializer=keras.initializers.RandomUniform(-bound, bound),
            trainable=is_trained and not self.FROZEN,
            aggregation="only_first_replica",
        )
        self.count = self.running_sum("count", (size,))
        self.total = None if is_trained else self.running_sum("total", (size, dim))

    @property
    def table(self):
        """The codebook, `(size, dim)`."""
        return ops.convert_to_tensor(self.embeddings)

    def quantise(self, h):
        """See `Quantiser.quantise`."""
        indices, _ = nearest(ops.stop_gradient(h), ops.stop_gradient(self.table))
        e = ops.take(self.table, indices, axis=0)
        return Code(indices, straight_through(h, e), encoded=h, quantised=e)

    def codes_of(self, indices):
        """See `Quantiser.codes_of`."""
        return ops.take(self.table, indices, axis=0)

    def follow(self, code, sample_weight, seed):
        """See `Quantiser.follow`."""
        h, weight = places_of(ops.stop_gradient(code.encoded), sample_weight, axes=1)
        indices, _ = places_of(code.indices, sample_weight)
        counts, totals = sums_by_index(h, weight, indices, self.size)
        # At first no row has been used at all.
        is_start = ops.sum(ops.convert_to_tensor(self.count)) <= 0.0
        self.move(self.count, counts)
        table = self.table
        if not self.is_trained:
            self.move(self.total, totals)
            count = ops.convert_to_tensor(self.count)[:, None]
            # e = Σ w h / Σ w: the rows of the vectors that came stay where they are otherwise.
            total = ops.convert_to_tensor(self.total)
            table = ops.where(count > TINY, total / ops.maximum(count, TINY), table)
        if self.restarts:
            distances, _ = places_of(ops.stop_gradient(code.distances), sample_weight)
            self.restart(table, h, weight, distances, is_start, noise.uniform((1,), seed))
        elif not self.is_trained:
            self.embeddings.assign(table)

    def restart(self, table, h, weight, distances, is_start, u):
        """Move what is dead of a table to vectors of the batch."""
        count = ops.convert_to_tensor(self.count)
        mean_count = ops.mean(count)
        is_dead = ops.logical_or(is_start, count < DEAD_SHARE * mean_count)
        is_dead = ops.logical_and(is_dead, ops.sum(weight) > 0.0)[:, None]
        start = ops.convert_to_tensor(self.embeddings)
        new = ops.cond(
            is_start,
            lambda: k_means(h, weight, start, u),
            lambda: drawn(h, weight, distances, self.size, u),
        )
        self.embeddings.assign(ops.where(is_dead, new, table))
        # As if it had been used as often as the others: it has a hundred batches to prove itself.
        count = ops.where(is_dead[:, 0], mean_count, count)
        self.count.assign(count)
        if not self.is_trained:
            total = ops.convert_to_tensor(self.total)
            self.total.assign(ops.where(is_dead, count[:, None] * self.table, total))

    def get_config(self):
        """The constructor's arguments."""
        config = {"size": self.size, "dim": self.dim}
        return {
            **super().get_config(),
            **config,
            "is_trained": self.is_trained,
            "restarts": self.restarts,
        }
