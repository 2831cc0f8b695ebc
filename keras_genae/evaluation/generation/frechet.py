"""The Fréchet distance between two sets of examples."""

import numpy as np

from keras_genae.evaluation.generation.feature_checks import as_feature_pair

# A covariance computed in single precision may have eigenvalues this far below zero, relative to
# the largest.
SLACK = 1e-4


def frechet_distance(real, generated):
    """The squared Fréchet distance between normal distributions fitted to two sets of features.

    The FID is this distance on features of a certain Inception network; on other features the
    numbers mean something else, but compare in the same way. It is biased: few examples make it
    larger, the more so the more features there are. Compare only distances between equal numbers of
    examples, and look at how far apart two halves of the real examples are.

    Args:
        real, generated: features `(n, features)` and `(m, features)`; n and m need not exceed the
            number of features.

    Returns:
        A float, in squared units of the features: 0 where means and covariances are equal.

    Raises:
        ValueError: on arrays of the wrong shape, fewer than two examples, or features that are not
            finite.

    Example:

    >>> import numpy as np
    >>> real = np.random.default_rng(0).normal(size=(1000, 4))
    >>> round(frechet_distance(real, real + [2.0, 0.0, 0.0, 0.0]), 6)
    4.0

    Reference:
        Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
        Equilibrium", 2017.
    """
    real, generated = as_feature_pair(real, generated)
    moments = ((x.mean(axis=0), np.atleast_2d(np.cov(x, rowvar=False))) for x in (real, generated))
    (mean1, cov1), (mean2, cov2) = moments
    return frechet_distance_of_gaussians(mean1, cov1, mean2, cov2)


def frechet_distance_of_gaussians(mean1, cov1, mean2, cov2):
    """The squared Fréchet (2-Wasserstein) distance between two normal distributions.

        |mean₁ − mean₂|² + tr(cov₁ + cov₂ − 2 (cov₁ cov₂)^½)

    Args:
        mean1, mean2: `(features,)`.
        cov1, cov2: `(features, features)`, symmetric, no eigenvalue below zero; they may be
            singular.

    Returns:
        A float.

    Raises:
        ValueError: on wrong shapes, numbers that are not finite, or what is no covariance.

    Example:

    >>> frechet_distance_of_gaussians([0.0], [[1.0]], [3.0], [[4.0]])
    10.0

    Reference:
        Dowson & Landau, "The Fréchet Distance between Multivariate Normal Distributions", 1982.
    """
    mean1, cov1 = _as_moments(mean1, cov1, "1")
    mean2, cov2 = _as_moments(mean2, cov2, "2")
    if mean1.shape != mean2.shape:
        raise ValueError(
            "Both normal distributions must have the same number of features. "
            f"Received: {len(mean1)} and {len(mean2)} features"
        )
    # tr (cov₁ cov₂)^½ is the sum of the singular values of cov₁^½ cov₂^½. Unlike the square root of
    # the product, these roots are of symmetric matrices, so they exist and are real even where the
    # covariances are singular.
    singular_values = np.linalg.svd(_root(cov1, "1") @ _root(cov2, "2"), compute_uv=False)
    distance = np.sum(np.square(mean1 - mean2)) + np.trace(cov1) + np.trace(cov2)
    return max(float(distance - 2.0 * singular_values.sum()), 0.0)


def _as_moments(mean, cov, number):
    mean, cov = np.asarray(mean, "float64"), np.asarray(cov, "float64")
    if mean.ndim != 1 or not len(mean) or cov.shape != 2 * mean.shape:
        raise ValueError(
            f"`mean{number}` must have shape (features,) and `cov{number}` (features, features). "
            f"Received: mean{number}.shape={mean.shape}, cov{number}.shape={cov.shape}"
        )
    if not (np.isfinite(mean).all() and np.isfinite(cov).all()):
        raise ValueError(f"`mean{number}` or `cov{number}` holds numbers that are not finite.")
    if not np.allclose(cov, cov.T, rtol=SLACK, atol=SLACK * np.abs(cov).max()):
        raise ValueError(f"`cov{number}` is no covariance: it is not symmetric.")
    return mean, 0.5 * (cov + cov.T)


def _root(cov, number):
    """The symmetric square root."""
    eigenvalues, vectors = np.linalg.eigh(cov)
    if eigenvalues[0] < -SLACK * np.abs(eigenvalues).max():
        raise ValueError(
            f"`cov{number}` is no covariance: it has a negative eigenvalue. "
            f"Received: eigenvalues from {eigenvalues[0]:g} to {eigenvalues[-1]:g}"
        )
    return (vectors * np.sqrt(np.maximum(eigenvalues, 0.0))) @ vectors.T
