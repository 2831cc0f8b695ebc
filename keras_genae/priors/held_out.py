"""Which codes are kept back to judge a density by."""

import numpy as np

# A tenth of the codes; a third, and at most so many, where they are few: a handful judges nothing.
SHARE, FEW = 0.1, 100


def hold_out(mean, seed):
    """Split the rows of codes at random into those held out and the rest.

    Codes that are the same go to the same side: who has seen a code is no judge of how likely its
    copy is.

    Args:
        mean: codes `(examples, *latent_shape)`, two or more that differ.
        seed: of the split.

    Returns:
        Two ascending int arrays, neither empty.
    """
    group, count = distinct(mean)
    kept_back = max(1, round(SHARE * count), min(count // 3, FEW))
    judges = np.random.default_rng(seed).permutation(count)[:kept_back]
    is_judge = np.isin(group, judges)
    return np.flatnonzero(is_judge), np.flatnonzero(~is_judge)


def divide(parts, seed):
    """Those held out of codes, and the rest.

    Args:
        parts: arrays with a row for each code, or `None`; the codes are the first.
        seed: of the split.

    Returns:
        Two tuples like `parts`.
    """
    return tuple(
        tuple(part if part is None else part[rows] for part in parts)
        for rows in hold_out(parts[0], seed)
    )


def distinct(mean):
    """The number of each row's code among the codes that differ, and how many these are."""
    flat = mean.reshape(len(mean), -1)
    group = np.unique(flat, axis=0, return_inverse=True)[1].reshape(-1)
    return group, int(group.max()) + 1


def is_higher(log_prob, other, errors):
    """Whether the first of two log densities of the same codes is higher, beyond what is chance.

    Args:
        log_prob, other: `(codes,)`, in nats.
        errors: how many standard errors the mean difference must be above 0.

    Returns:
        A bool.
    """
    gain = log_prob.astype("float64") - other
    return bool(gain.mean() > errors * gain.std() / np.sqrt(len(gain)))
