"""Codes that no example is given any more, in words."""

import numpy as np

# With fewer places than this for each code, some codes do not come by chance.
PLACES_A_CODE = 10


class DeadCodes:
    """Codes of a codebook that are given to no place of any example.

    Args:
        model: a model with a codebook.
        x: the examples to look at.

    Attributes:
        is_dead: which codes are, booleans `(codebooks, codebook_size)`, as of the last look.
    """

    def __init__(self, model, x):
        self.model, self.x = model, x
        self.counts = self.is_dead = None

    @staticmethod
    def suits(model):
        """Whether the model has a codebook."""
        return hasattr(model, "codebook_size")

    def look(self):
        """Count how often each code comes; what to log."""
        rows = self.model.quantiser.each_codebook(self.model.encode(self.x, verbose=0))
        size = self.model.codebook_size
        self.counts = np.stack([np.bincount(row.ravel(), minlength=size) for row in rows])
        self.is_dead = self.counts == 0
        return {"used_codes": int(np.sum(~self.is_dead))}

    def why_not(self):
        """Why the examples cannot show which codes are dead; `None` where they can."""
        if reason := all_the_same(self.x, "code"):
            return reason
        self.look()
        places, codes = int(self.counts.sum(axis=1).min()), self.counts.shape[1]
        if places >= PLACES_A_CODE * codes:
            return None
        return (
            f"the examples to look at have {places} places for {codes} codes, of which some do not "
            "come by chance: nothing is reported. Give at least "
            f"{PLACES_A_CODE} places a code."
        )

    def verdict(self):
        """What the codes do, and what to change, in words."""
        dead, codes, places = int(self.is_dead.sum()), self.is_dead.size, int(self.counts.sum())
        if not dead:
            return f"none of the {codes} codes is dead."
        return (
            f"{dead} of {codes} codes are dead: none of the {places} places of the examples is "
            "given one of them. Train longer; with more places in a batch than there are codes; "
            "with `restarts=True`, where a model has them; or choose a smaller `codebook_size`, or "
            "`FSQVAE`, whose codes have no place to die in."
        )


def all_the_same(x, what):
    """Why examples that do not differ show nothing; `None` where some do."""
    if np.any(np.asarray(x) != np.asarray(x[:1])):
        return None
    return (
        f"the examples to look at are all the same, so that no {what} has anything to tell "
        f"apart: nothing is reported. Received: {len(x)} of them."
    )
