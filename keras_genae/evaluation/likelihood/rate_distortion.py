"""What a VAE pays in nats to tell an example, and what that buys."""

import numpy as np

from keras_genae.evaluation.likelihood.bounds import distortion, rate
from keras_genae.evaluation.requirements import require_posterior


def rate_distortion(model, x, label=None, batch_size=128, verbose="auto", seed=0):
    """The rate KL(q(z|x) ‖ p(z)) and the distortion −log p(x|z), in nats, means over examples.

    Their sum is the negative ELBO. Models of different rates may have the same ELBO: one that
    ignores z has rate 0, one that remembers everything a small distortion.

    Args:
        model: a VAE.
        x: array, tensor or dataset of examples `(n, *input_shape)`.
        label: of a model with side information, as in `distortion`.
        batch_size: examples at a time, for arrays.
        verbose: 1 shows a progress bar, 0 none; `"auto"` shows one where it takes long.
        seed: of the draws of z, one for each example.

    Returns:
        (rate, distortion), two floats.

    Raises:
        ValueError: for a model without a posterior, or data of the wrong shape, dtype or range.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.VAE((4,), latent_dim=2, widths=(3,), seed=0)
    >>> nats, _ = rate_distortion(model, np.zeros((5, 4), "float32"))
    >>> nats >= 0.0
    True

    Reference:
        Alemi et al., "Fixing a Broken ELBO", 2018.
    """
    require_posterior(model, "rate_distortion")
    options = {"batch_size": batch_size, "verbose": verbose, "seed": seed}
    rates = rate(model, x, label, **options)
    distortions = distortion(model, x, label, **options)
    return float(np.mean(rates, dtype="float64")), float(np.mean(distortions, dtype="float64"))


def rate_distortion_curve(models, x, label=None, batch_size=128, verbose="auto", seed=0):
    """The rate and the distortion of models that were trained with different `beta`, say.

    Args:
        models: VAEs. Their distortions are compared, so they share one likelihood; a density
            (`"sigma"`, `"gaussian"`) against a probability (`"bernoulli"`) has no meaning.
        x, label, batch_size, verbose, seed: as in `rate_distortion`.

    Returns:
        float64 array `(models, 2)` of (rate, distortion), in the order of `models`. The curve is
        `points[lower_hull(points)]`.

    Raises:
        ValueError: without a model, or as `rate_distortion`.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> models = [genae.VAE((4,), latent_dim=2, widths=(3,), seed=seed) for seed in (0, 1)]
    >>> rate_distortion_curve(models, np.zeros((5, 4), "float32")).shape
    (2, 2)

    Reference:
        Alemi et al., "Fixing a Broken ELBO", 2018.
    """
    models = list(models)
    if not models:
        raise ValueError("A rate-distortion curve needs at least one model. Received: none")
    return np.array(
        [rate_distortion(model, x, label, batch_size, verbose, seed) for model in models]
    )


def lower_hull(points):
    """Which models are the best at some price of a nat.

    Those that minimise distortion + beta · rate for some beta ≥ 0: the corners of the lower convex
    hull, from the smallest rate to the smallest distortion. The curve that no model can beat is
    convex, so a model above the hull is worse than what its neighbours promise.

    Args:
        points: array `(models, 2)` of (rate, distortion), finite.

    Returns:
        int array: indices of the corners, ascending in rate. Of equal points the first is one.

    Raises:
        ValueError: on points of another shape, or that are not finite.

    Example:

    >>> points = [[0.0, 90.0], [10.0, 70.0], [20.0, 30.0], [40.0, 25.0], [50.0, 26.0]]
    >>> lower_hull(points).tolist()
    [0, 2, 3]

    Reference:
        Andrew, "Another Efficient Algorithm for Convex Hulls in Two Dimensions", 1979.
    """
    points = np.asarray(points, "float64")
    if points.ndim != 2 or points.shape[1] != 2 or not len(points) or not np.isfinite(points).all():
        raise ValueError(
            "`points` must be an array of shape (models, 2), a finite rate and distortion for each "
            f"model, at least one. Received: points of shape {points.shape}"
        )
    hull = []
    for index in np.lexsort(points.T[::-1]):
        # Past the smallest distortion a further nat buys nothing.
        if hull and points[index, 1] >= points[hull[-1], 1]:
            continue
        while len(hull) > 1 and not _turns_left(*points[[*hull[-2:], index]]):
            hull.pop()
        hull.append(index)
    return np.array(hull)


def _turns_left(a, b, c):
    """Whether the path from `a` by `b` to `c` bends upwards at `b`, more than rounding would."""
    (across, down), (far, deep) = b - a, c - a
    turn = across * deep - down * far
    return turn > 1e-12 * (abs(across * deep) + abs(down * far))
