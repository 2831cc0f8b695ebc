"""What one loss must be multiplied by to pull as hard as another."""

import keras
from keras import ops

from keras_genae.layers.running_sums import RunningSums
from keras_genae.replica import sum_over_replicas


@keras.saving.register_keras_serializable(package="keras_genae")
class GradientBalance(RunningSums):
    """λ = ‖g₁‖ / (‖g₂‖ + δ), g₁ and g₂ the gradients of two losses to the same weights.

    The norms are root mean squares over the last ten or so training batches, so that evaluation,
    which takes no gradients, knows λ as well. It is 0 before any batch.

    Example:

    >>> import numpy as np
    >>> balance = GradientBalance()
    >>> balance.follow(np.full((2, 3), 4.0), np.full((2, 3), 2.0))
    >>> round(float(balance.ratio), 3)
    2.0

    Reference:
        Esser, Rombach & Ommer, "Taming Transformers for High-Resolution Image Synthesis", 2021,
        equation 7 (of the batch at hand).
    """

    DELTA = 1e-6

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first = self.running_sum("first")
        self.second = self.running_sum("second")
        self.batches = self.running_sum("batches")
        self.built = True

    def follow(self, first, second, count=1.0):
        """Take in the gradients of a training batch; of replicas, each those of its share.

        Args:
            first, second: tensors of one shape; what the replicas have adds up.
            count: what the batch counts; 0 leaves all as it was before any batch.
        """
        for total, gradient in ((self.first, first), (self.second, second)):
            gradient = sum_over_replicas(ops.cast(gradient, "float32"))
            self.move(total, count * ops.sum(ops.square(gradient)))
        self.move(self.batches, ops.cast(count, "float32"))

    @property
    def ratio(self):
        """λ, a float32 scalar tensor."""
        first, second = (
            ops.sqrt(ops.divide_no_nan(ops.convert_to_tensor(total), self.batches))
            for total in (self.first, self.second)
        )
        return first / (second + self.DELTA)
