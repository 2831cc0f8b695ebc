"""Features of a dictionary that do not fire any more, in words."""

import numpy as np
from keras import ops


class DeadFeatures:
    """Features that fired for none of the last training examples, as the dictionary counts them.

    Args:
        model: a sparse dictionary.
        x: what a monitor looks at; here nothing depends on it.

    Attributes:
        is_dead: which features are, booleans `(features,)`, as of the last look.
    """

    def __init__(self, model, x=None):
        self.model = model
        self.is_dead = None

    @staticmethod
    def suits(model):
        """Whether the model counts dead features."""
        return hasattr(model, "dead_after")

    def look(self):
        """See which features are dead; what to log beside the model's own `dead_share`."""
        self.is_dead = ops.convert_to_numpy(self.model.is_dead)
        return {}

    def why_not(self):
        """Training itself shows which features are dead: `None`."""

    def verdict(self):
        """What the features do, and what to change, in words."""
        dead, features = int(self.is_dead.sum()), self.is_dead.size
        if not dead:
            return f"none of the {features} features is dead."
        named = ", ".join(map(str, np.flatnonzero(self.is_dead)[:10])) + (", …" * (dead > 10))
        return (
            f"{dead} of {features} features are dead ({named}): they fired for none of the last "
            f"{self.model.dead_after:,} training examples. The others carry the reconstruction. "
            "Train longer; with a larger `revival_weight`, a larger `k` or a smaller "
            "`penalty_weight`; or choose a smaller `latent_dim`."
        )
