"""A schedule for the nats that codes are to hold."""

from keras_genae.training.annealing import Annealing


class CapacityAnnealing(Annealing):
    """Move the `capacity` of a `CapacityVAE` from `start` to `end` nats, then keep it there.

    Codes that may hold little at first spend it on what helps the reconstruction most; as the
    capacity grows, other units take up the rest one after the other. The capacity is set at the
    start of each epoch, and logged as `capacity`.

    Args:
        epochs: length of the schedule. The paper took 100,000 steps of its training.
        start: nats in the first epoch.
        end: nats after the schedule; 25 in the paper, on small binary shapes.

    Raises:
        ValueError: on an empty schedule, nats that are negative, or a model without `capacity`.

    Example:

    >>> [CapacityAnnealing(epochs=5).value_at(epoch) for epoch in range(7)]
    [0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 25.0]

    Reference:
        Burgess et al., "Understanding Disentangling in β-VAE", 2018.
    """

    MOVES = "capacity"

    def __init__(self, epochs, start=0.0, end=25.0):
        super().__init__(epochs, start, end)

    def on_train_begin(self, logs=None):
        """Look for the capacity to move."""
        if not hasattr(self.model, "capacity"):
            raise ValueError(
                "`CapacityAnnealing` moves the `capacity` of a `CapacityVAE`; for the `beta` of "
                f"another VAE there is `KLAnnealing`. Received: a {type(self.model).__name__}"
            )
