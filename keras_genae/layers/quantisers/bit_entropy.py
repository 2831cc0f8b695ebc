"""How sure the bits of codes are, and how evenly they use all codes there are."""

import numpy as np
from keras import ops

TINY = 1e-30


def entropy_gap(logits, weight):
    """H(q) − H(q, mean of all q) of each place, whose mean is E[H(q)] − H[E(q)]: float32 `(n,)`.

    q is a distribution over the 2^bits codes, its bits independent. The mean of all q has bits that
    are not, and its entropy is that of all codes, exact: the bits are cut into two halves, over
    each of which q is a row of 2^(bits/2) probabilities, and the mean is one product of matrices.

    Of each place it is −KL(q ‖ mean), so what all places add up to is minus the information, in
    nats, that codes have about their place.

    Args:
        logits: log-odds of each bit, float32 `(n, bits)`.
        weight: of each place, `(n,)`.
    """
    bits = logits.shape[-1]
    low, high = (row_of(half) for half in ops.split(logits, [bits // 2], axis=-1))
    total = ops.maximum(ops.sum(weight), TINY)
    mean = ops.matmul(ops.transpose(weight[:, None] * low), high) / total  # E(q), (2^a, 2^b)
    log_mean = ops.log(ops.maximum(mean, TINY))
    cross_entropy = -ops.sum(ops.matmul(low, log_mean) * high, axis=-1)  # H(q, E(q))
    # Of a coin of log-odds l: log(1 + e^l) − l σ(l).
    entropy = ops.sum(ops.softplus(logits) - logits * ops.sigmoid(logits), axis=-1)  # H(q)
    return entropy - cross_entropy


def row_of(logits):
    """The probabilities of all patterns of bits, the first bit fastest: `(n, 2^bits)`."""
    bits = logits.shape[-1]
    patterns = (np.arange(2**bits)[:, None] >> np.arange(bits)) & 1
    signs = ops.convert_to_tensor((2.0 * patterns - 1.0)[None], "float32")
    return ops.exp(-ops.sum(ops.softplus(-signs * logits[:, None, :]), axis=-1))
