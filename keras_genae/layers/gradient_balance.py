"""What one loss must be multiplied by to pull as hard as another."""

import keras
from keras import ops

from keras_genae.distributions.events import sum_over_event
from keras_genae.layers.running_sums import RunningSums


@keras.saving.register_keras_serializable(package="keras_genae")
class GradientBalance(RunningSums):
    """λ = ‖g₁‖ / (‖g₂‖ + δ), g₁ and g₂ the gradients of two losses to the same tensor.

    The norms are root mean squares over the last ten or so training batches, so that λ is the same
    for all examples, and evaluation, which takes no gradients, knows it. λ is 0 before any batch.

    Example:

    >>> import numpy as np
    >>> balance = GradientBalance()
    >>> balance.follow(np.full((2, 3), 4.0), np.full((2, 3), 2.0), np.ones(2))
    >>> round(float(balance.ratio), 3)
    2.0

    Reference:
        Esser, Rombach & Ommer, "Taming Transformers for High-Resolution Image Synthesis", 2021,
        equation 7 (which takes the norms of one batch, at the weights of the decoder's last layer).
    """

    DELTA = 1e-6

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first = self.running_sum("first")
        self.second = self.running_sum("second")
        self.examples = self.running_sum("examples")
        self.built = True

    def follow(self, first, second, sample_weight):
        """Take in the gradients of a training batch.

        Args:
            first, second: tensors `(batch, ...)`, of each example's losses.
            sample_weight: tensor `(batch,)`; an example of weight 0 does not count.
        """
        weight = ops.cast(sample_weight, "float32")
        for total, gradient in ((self.first, first), (self.second, second)):
            squared = sum_over_event(ops.square(ops.cast(gradient, "float32")))
            self.move(total, ops.sum(weight * squared))
        self.move(self.examples, ops.sum(weight))

    @property
    def ratio(self):
        """λ, a float32 scalar tensor."""
        first, second = (
            ops.sqrt(ops.divide_no_nan(ops.convert_to_tensor(total), self.examples))
            for total in (self.first, self.second)
        )
        return first / (second + self.DELTA)
