"""Sources drawn by code, and a mixture of them: what finds sources is tried on it."""

import numpy as np

from keras_genae.datasets.checked_integer import checked_integer

# The standard deviations of a source differ from segment to segment, within these.
NARROWEST, WIDEST = 0.1, 3.0
NOISE = 0.05


def draw_sources(segments=40, length=250, sources=4, seed=0):
    """Draw sources whose variances change from segment to segment of time, and mix them.

        s ~ N(0, diag(σ_u²)) in segment u,   x = B · leaky(A · s / std(s)) + noise

    with random rotations A and B, each x brought to a standard deviation of 1, and noise of 0.05.

    Args:
        segments: of time, 1 or more.
        length: rows of each segment, 1 or more; more than one row in all.
        sources: 1 or more.
        seed: integer of 0 or more, which chooses all of it.

    Returns:
        A tuple `(x, segment, truth)`: the mixture, float32 `(segments · length, sources)`; the
        segment of each row, int `(segments · length,)`; and the sources, float64 of the shape of x.

    Raises:
        ValueError: where an argument is not one of the values above.

    Example:

    >>> x, segment, truth = draw_sources(segments=3, length=10, sources=2)
    >>> x.shape, segment[::10].tolist(), truth.shape
    ((30, 2), [0, 1, 2], (30, 2))

    Reference:
        Khemakhem et al., "Variational Autoencoders and Nonlinear ICA: A Unifying Framework", 2020
        (time-segmented sources).
    """
    segments = checked_integer(segments, "segments", least=1)
    length = checked_integer(length, "length", least=1 if segments > 1 else 2)
    sources = checked_integer(sources, "sources", least=1)
    random = np.random.default_rng(checked_integer(seed, "seed", least=0))
    segment = np.repeat(np.arange(segments), length)
    stddev = random.uniform(NARROWEST, WIDEST, (segments, sources))[segment]
    truth = stddev * random.normal(size=stddev.shape)
    turn, back = (np.linalg.qr(random.normal(size=(sources, sources)))[0] for _ in range(2))
    x = (truth / truth.std(axis=0)) @ turn
    x = np.where(x > 0, x, 0.2 * x) @ back  # Leaky, so that it can be undone.
    x = x / x.std(axis=0) + random.normal(0, NOISE, x.shape)
    return x.astype("float32"), segment, truth
