"""When a trial is not worth another epoch."""

import statistics

from keras_genae.tuning.config.objectives import COSTS, is_better

# A median of fewer says little.
FEWEST_OTHERS = 3


class MedianRule:
    """Stop a trial that stands behind the median of its peers at the same epoch.

    The peers are the other trials that cost no more. A small model is worse than the median of all,
    and still the best there is for its size: measured against all, the cheap end of the front
    would be pruned away.

    Args:
        quality: the name of the quality.
        costs: the names of the objectives that are costs.
        warmup_epochs: how many epochs each trial is left alone.

    Example:

    >>> rule = MedianRule("val_mse", costs=["parameters"], warmup_epochs=1)
    >>> for trial, error in enumerate([0.1, 0.2, 0.3]):
    ...     rule.add(str(trial), 2, {"val_mse": error, "parameters": 1000})
    >>> rule.add("large", 2, {"val_mse": 0.28, "parameters": 2000})
    >>> rule.add("small", 2, {"val_mse": 0.9, "parameters": 500})
    >>> rule.should_stop("large", 2), rule.should_stop("small", 2)
    (True, False)
    """

    def __init__(self, quality, costs, warmup_epochs):
        self.quality = quality
        # The time of training is known only when it is over.
        self.costs = [name for name in costs if name in COSTS and name != "training_seconds"]
        self.warmup_epochs = warmup_epochs
        self.values = {}

    def add(self, trial_id, epoch, values):
        """Take the numbers of an epoch; epochs count from 1."""
        self.values.setdefault(epoch, {})[trial_id] = values

    def should_stop(self, trial_id, epoch):
        """Whether the trial's value at this epoch is worse than the median of its peers."""
        if epoch <= self.warmup_epochs:
            return False
        at_epoch = self.values.get(epoch, {})
        own = at_epoch[trial_id]
        peers = [
            values[self.quality]
            for other, values in at_epoch.items()
            if other != trial_id and all(values[cost] <= own[cost] for cost in self.costs)
        ]
        if len(peers) < FEWEST_OTHERS:
            return False
        return is_better(self.quality, statistics.median(peers), own[self.quality])
