"""The threshold that a batch's smallest kept activations stand for."""

import keras
from keras import ops

from keras_genae.layers.running_sums import RunningSums


@keras.saving.register_keras_serializable(package="keras_genae")
class RunningThreshold(RunningSums):
    """The mean, over the last hundred or so training batches, of the least activation that fired.

    Batches in which nothing fired are left out. Before the first it is 0.
    """

    MOMENTUM = 0.99

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.least = self.running_sum("least")
        self.batches = self.running_sum("batches")
        self.built = True

    @property
    def value(self):
        """The threshold, a float32 scalar tensor."""
        least, batches = (ops.convert_to_tensor(total) for total in (self.least, self.batches))
        return ops.divide_no_nan(least, batches)

    def follow(self, z, sample_weight):
        """Take in a training batch.

        Args:
            z: codes, `(batch, features)`.
            sample_weight: tensor `(batch,)`; an example of weight 0 has no influence.
        """
        fires = ops.logical_and(z > 0.0, sample_weight[:, None] > 0.0)
        any_fires = ops.any(fires)
        least = ops.min(ops.where(fires, z, ops.max(z)))
        self.move(self.least, ops.where(any_fires, least, 0.0))
        self.move(self.batches, ops.cast(any_fires, "float32"))
