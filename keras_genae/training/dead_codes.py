"""Codes that no example is given any more, in words."""

import numpy as np

# With fewer places than this for each code, some codes do not come by chance.
PLACES_A_CODE = 10
# Where so many codes are dead the codebook has collapsed.
COLLAPSED_SHARE = 0.5


def count_codes(model, x):
    """How often each code comes in the codes of `x`: int `(codebooks, codebook_size)`."""
    rows = model.quantiser.each_codebook(model.encode(x, verbose=0))
    return np.stack([np.bincount(row.ravel(), minlength=model.codebook_size) for row in rows])


def too_few_for_codes(counts):
    """Why the examples cannot show which codes are dead; `None` where they can."""
    places, codes = int(counts.sum(axis=1).min()), counts.shape[1]
    if places >= PLACES_A_CODE * codes:
        return None
    return (
        f"the examples to look at have {places} places for {codes} codes, of which some do not "
        f"come by chance: nothing is reported. Give at least {PLACES_A_CODE} places a code."
    )


def has_collapsed(counts):
    """Whether most codes are dead."""
    return bool(np.mean(counts == 0) >= COLLAPSED_SHARE)


def verdict_on_codes(counts):
    """What the codes do, and what to change, in words."""
    dead, places = int(np.sum(counts == 0)), int(counts.sum())
    if not dead:
        return f"none of the {counts.size} codes is dead."
    return (
        f"{dead} of {counts.size} codes are dead: none of the {places} places of the examples is "
        "given one of them. Train longer; with more places in a batch than there are codes; with "
        "`restarts=True`, where a model has them; or choose a smaller `codebook_size`, or "
        "`FSQVAE`, whose codes have no place to die in."
    )
