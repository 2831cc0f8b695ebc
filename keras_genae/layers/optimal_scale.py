"""The shared σ of a normal likelihood, kept at its optimum while the rest is trained."""

import keras
from keras import ops

from keras_genae.layers.running_sums import RunningSums


@keras.saving.register_keras_serializable(package="keras_genae")
class OptimalScale(RunningSums):
    """The σ² at which N(x; mean, σ²) fits best: the mean squared error of the reconstructions.

    The optimum has a closed form, so σ needs no gradient and no tuning. The paper takes it from the
    batch at hand; this layer keeps an average over the last ten or so training batches. So the
    log-likelihood of an example does not depend on its neighbours in the batch, and evaluation uses
    the σ that training ended with.

    Other likelihoods give it other numbers whose mean is the best scale, such as absolute errors.

    Reference:
        Rybkin et al., "Simple and Effective VAE Training with Calibrated Decoders", 2021.
    """

    # Data that are reproduced exactly would drive σ to zero and the likelihood to infinity:
    # σ stops at 1/1000, a quarter of the step between two grey values of 256.
    SMALLEST_VARIANCE = 1e-6

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.squared_error = self.running_sum("squared_error")
        self.entries = self.running_sum("entries")
        self.built = True

    @property
    def variance(self):
        """The mean misfit, σ² of squared errors: a float32 scalar tensor; 1 before any batch."""
        squared_error, entries = (
            ops.convert_to_tensor(total) for total in (self.squared_error, self.entries)
        )
        is_empty = entries <= 0.0
        optimum = squared_error / ops.where(is_empty, 1.0, entries)
        return ops.where(is_empty, 1.0, ops.maximum(optimum, self.SMALLEST_VARIANCE))

    def update(self, target, mean, sample_weight, entry_weight=None):
        """Take in the squared errors of a training batch.

        Args:
            target, mean: tensors `(batch, ...)`.
            sample_weight, entry_weight: as in `follow`.
        """
        self.follow(squared_error(target, mean), sample_weight, entry_weight)

    def follow(self, misfit, sample_weight, entry_weight=None):
        """Take in a training batch: of each entry a number whose mean is the optimum.

        Args:
            misfit: tensor `(batch, ...)`, such as squared errors.
            sample_weight: tensor `(batch,)`.
            entry_weight: tensor to be broadcast over `misfit`: what an entry counts.
        """
        # Means over an example's entries: a sum over a batch of large images would lose digits.
        axes = tuple(range(1, len(misfit.shape)))
        weight = known = ops.cast(sample_weight, "float32")
        if entry_weight is not None:
            misfit = misfit * entry_weight
            known = weight * ops.mean(ops.ones_like(misfit) * entry_weight, axis=axes)
        self.move(self.squared_error, ops.sum(weight * ops.mean(misfit, axis=axes)))
        self.move(self.entries, ops.sum(known))


def squared_error(target, mean):
    """(target − mean)², entry by entry, float32."""
    return ops.square(ops.cast(target, "float32") - ops.cast(mean, "float32"))
