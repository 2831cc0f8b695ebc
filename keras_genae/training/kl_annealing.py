"""A schedule for the weight of the KL divergence."""

from keras_genae.training.annealing import Annealing
from keras_genae.training.beta import require_beta


class KLAnnealing(Annealing):
    """Move `beta` from `start` to `end`, once or in cycles, then keep it there.

    With the full weight from the first step, the posterior often falls onto the prior before the
    decoder has learnt to use z. The weight is set at the start of each epoch, and logged as `beta`.

    Args:
        epochs: length of the whole schedule.
        start: weight in the first epoch.
        end: weight after the schedule.
        cycles: 1 is the linear warm-up over all `epochs`. More divide them into as many equal
            parts, in each of which the first half rises linearly and the second stays at `end`. A
            cycle takes at least two epochs, one at `start` and one at `end`.

    Raises:
        ValueError: on an empty schedule, cycles too short to rise, or a model without `beta`.

    Example:

    >>> [round(KLAnnealing(epochs=4).beta_at(epoch), 2) for epoch in range(6)]
    [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]
    >>> [round(KLAnnealing(epochs=8, cycles=2).beta_at(epoch), 2) for epoch in range(9)]
    [0.0, 0.5, 1.0, 1.0, 0.0, 0.5, 1.0, 1.0, 1.0]

    References:
        Bowman et al., "Generating Sentences from a Continuous Space", 2016 (linear);
        Fu et al., "Cyclical Annealing Schedule", 2019 (cycles).
    """

    MOVES = "beta"

    def beta_at(self, epoch):
        """The weight in an epoch, counted from 0."""
        return self.value_at(epoch)

    def on_train_begin(self, logs=None):
        """Look for the weight to move."""
        require_beta(self)
