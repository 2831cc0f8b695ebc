"""How much of a codebook is in use, as a metric of `fit`."""

import keras
from keras import ops


class CodebookUse(keras.metrics.Metric):
    """Which codes have come since the epoch began, and how evenly.

    Logged are `codebook_usage`, the share of codes that came at all, from 0 to 1; and `perplexity`,
    exp of the entropy of how often each came: as many codes, all used alike, would say as much. Of
    several codebooks means. Codes of examples of weight 0 do not count.

    Args:
        size: codes in a codebook.
        codebooks: how many.
    """

    def __init__(self, size, codebooks=1, name="codebook_use"):
        super().__init__(name=name, dtype="float32")
        self.size = size
        self.counts = self.add_variable((codebooks, size), "zeros", name="counts")

    def update_state(self, indices, sample_weight):
        """Count the codes of a batch.

        Args:
            indices: of each codebook an int tensor `(batch, ...)`, a list.
            sample_weight: tensor `(batch,)`.
        """
        counts = []
        for rows in indices:
            rows = ops.reshape(rows, (ops.shape(rows)[0], -1))
            weight = ops.ones_like(rows, dtype="float32") * sample_weight[:, None]
            counts.append(
                ops.segment_sum(ops.reshape(weight, (-1,)), ops.reshape(rows, (-1,)), self.size)
            )
        self.counts.assign(self.counts + ops.stack(counts))

    def result(self):
        """Name → number."""
        counts = ops.convert_to_tensor(self.counts)
        p = counts / ops.maximum(ops.sum(counts, axis=-1, keepdims=True), 1e-12)
        entropy = -ops.sum(p * ops.log(ops.maximum(p, 1e-12)), axis=-1)
        return {
            "codebook_usage": ops.mean(ops.cast(counts > 0.0, "float32")),
            "perplexity": ops.mean(ops.exp(entropy)),
        }
