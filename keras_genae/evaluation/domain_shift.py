"""Whether data are of the kind that a model was trained on."""

import dataclasses

import numpy as np

from keras_genae.evaluation.likelihood.bounds import distortion
from keras_genae.evaluation.requirements import require_vectors
from keras_genae.networks.checks import check_whole

LEAST_EXAMPLES = 10
# The share of outliers among examples of the reference's kind.
TAIL = 0.05
# Equal statistics of different permutations differ by this much at most.
ROUNDING = 1e-12


@dataclasses.dataclass(frozen=True, eq=False)
class DomainShift:
    """What `domain_shift` found. Printed, it is one line of text.

    Attributes:
        p_value: how often data of the reference's kind would look as different as these, or more.
        alpha: the level below which `p_value` is called a shift.
        code_p_value: p of the test on the latent codes alone.
        distortion_p_value: p of the test on the distortion alone.
        statistic: MMD² between the codes of `x` and of the reference, without bias: 0 in
            expectation where they are of one kind, at most 2.
        outlier_share: the share of `x` with a distortion in the highest 5 % of the reference's
            kind: exactly 0.05 in expectation where they are of one kind, however few they are. The
            size of the shift, which `p_value`, that falls with every further example, is not. Of
            m < 19 references it is at most (m + 1) / 20: so few cannot show what is rarer.
        worst: indices of `x`, the one of highest distortion first, `(n,)`.
        distortion: of each example of `x`, nats, `(n,)`.
        reference_distortion: of each example of the reference, nats.
    """

    p_value: float
    alpha: float
    code_p_value: float
    distortion_p_value: float
    statistic: float
    outlier_share: float
    worst: np.ndarray
    distortion: np.ndarray
    reference_distortion: np.ndarray

    @property
    def is_shifted(self):
        """Whether the data are of another kind, at level `alpha`."""
        return self.p_value <= self.alpha

    def __str__(self):
        verdict = "Of another kind than the reference" if self.is_shifted else "No shift found"
        return (
            f"{verdict} (p = {self.p_value:.2g}): {100 * self.outlier_share:.0f} % of the examples "
            f"are outliers by their distortion, where {100 * TAIL:.0f} % are expected."
        )


def domain_shift(
    model,
    x,
    reference,
    alpha=0.05,
    permutations=1000,
    max_examples=1000,
    batch_size=128,
    verbose="auto",
    seed=0,
):
    """Test whether `x` is of the kind of data that the model was trained on.

    Two tests of "both come from one distribution", of the two things the model makes of an example:

    - its latent code: a permutation test of the maximum mean discrepancy (MMD), with a Gaussian
      kernel as wide as the median distance. It is exact for any number of examples;
    - its distortion, −log p(x|z): the two-sample Kolmogorov-Smirnov test. The encoder may put what
      it never saw on familiar codes, but the decoder cannot give it back.

    The smaller of both p-values is doubled (Bonferroni), so that data of the reference's kind are
    called shifted in at most a share `alpha` of all cases.

    The reference must be data that the model was not trained on: training data are reconstructed a
    little better, and any new data would seem shifted beside them. So it has to be passed; the
    model cannot have remembered it from `fit`.

    Args:
        model: a trained autoencoder.
        x: array `(n, *input_shape)`, the data in question; 10 examples or more.
        reference: array `(m, *input_shape)`: held-out examples of the training data's kind.
        alpha: the share of false alarms allowed.
        permutations: how many; the smallest p-value the codes can have is 2 / (permutations + 1).
        max_examples: the MMD is computed on this many examples of each side at most, chosen at
            random; time and memory grow with its square.
        batch_size, verbose: as in `model.encode`.
        seed: of the choice, of the permutations, and of the draws of a VAE's distortion.

    Returns:
        `DomainShift`.

    Raises:
        ValueError: on fewer than 10 examples, data of the wrong shape, dtype or range, or `alpha`
            that so few permutations cannot reach.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.Autoencoder((6,), latent_dim=3, widths=(8,), seed=0)
    >>> rng = np.random.default_rng(0)
    >>> held_out = rng.normal(size=(100, 6)).astype("float32")
    >>> brighter = held_out[:50] + 3.0
    >>> shift = domain_shift(model, brighter, reference=held_out[50:])
    >>> shift.is_shifted, shift.p_value < 0.01
    (True, True)

    References:
        Gretton et al., "A Kernel Two-Sample Test", 2012;
        Rabanser et al., "Failing Loudly: An Empirical Study of Methods for Detecting Dataset
        Shift", 2019;
        Vovk et al., "Algorithmic Learning in a Random World", 2005 (outliers).
    """
    from scipy.stats import ks_2samp

    permutations = check_whole("permutations", permutations)
    max_examples = check_whole("max_examples", max_examples, LEAST_EXAMPLES)
    _check_alpha(alpha, permutations)
    require_vectors(model, "domain_shift")
    for name, data in (("x", x), ("reference", reference)):
        if len(data) < LEAST_EXAMPLES:
            raise ValueError(
                f"`{name}` must hold at least {LEAST_EXAMPLES} examples: of fewer no test can tell "
                f"the kind. Received: {len(data)} examples"
            )
    rng = np.random.default_rng(seed)
    codes = model.encode(_some_of(x, max_examples, rng), batch_size=batch_size, verbose=verbose)
    reference_codes = model.encode(
        _some_of(reference, max_examples, rng), batch_size=batch_size, verbose=verbose
    )
    statistic, code_p_value = mmd_test(codes, reference_codes, permutations, rng)

    # Draws of their own for each side, or the two samples would not be independent.
    of_x = distortion(model, x, None, 1, batch_size, verbose, [seed, 0])
    of_reference = distortion(model, reference, None, 1, batch_size, verbose, [seed, 1])
    distortion_p_value = float(ks_2samp(of_x, of_reference).pvalue)
    return DomainShift(
        p_value=min(1.0, 2.0 * min(code_p_value, distortion_p_value)),
        alpha=alpha,
        code_p_value=code_p_value,
        distortion_p_value=distortion_p_value,
        statistic=statistic,
        outlier_share=outlier_share(of_x, of_reference, TAIL),
        worst=np.argsort(-of_x, kind="stable"),
        distortion=of_x,
        reference_distortion=of_reference,
    )


def outlier_share(values, reference, tail):
    """The share of values in the upper tail of a reference.

    A value is as probably at any of the m + 1 places among the references where it is of their
    kind. So it is an outlier as probably as it takes one of the highest `tail` · (m + 1) places,
    the last of which may be taken in part; among references equal to it all places are as probable.

    Args:
        values: `(n,)`.
        reference: `(m,)`.
        tail: the share that is expected where values and references are of one kind.

    Returns:
        A float. Its expectation is exactly `tail` for exchangeable values and references.

    Example:

    >>> import numpy as np
    >>> outlier_share(np.array([20.0, 17.5, 3.0, 4.0]), np.arange(19.0), tail=0.05)
    0.25
    >>> round(outlier_share(np.zeros(3), np.zeros(7), tail=0.05), 6)     # all are equal
    0.05
    """
    ordered = np.sort(reference)
    above = len(ordered) - np.searchsorted(ordered, values, side="right")
    equal = len(ordered) - np.searchsorted(ordered, values, side="left") - above
    places = tail * (len(ordered) + 1)
    return float(np.mean(np.clip((places - above) / (1.0 + equal), 0.0, 1.0)))


def mmd_test(a, b, permutations, rng):
    """Test whether two samples come from one distribution, by their maximum mean discrepancy.

    Args:
        a, b: float arrays `(n, d)` and `(m, d)`, at least two rows each.
        permutations: how many.
        rng: a `numpy.random.Generator`.

    Returns:
        MMD², the unbiased estimate (which may be negative), and its p-value, exact: under the null
        hypothesis P(p ≤ α) ≤ α for every α, with equality at the multiples of 1/(permutations + 1).

    Reference:
        Gretton et al., "A Kernel Two-Sample Test", 2012, equation 3.
    """
    kernel = _gaussian_kernel(np.concatenate([a, b]).astype("float64"))
    is_a = np.arange(len(kernel)) < len(a)
    observed = _mmd(kernel, is_a[None])[0]
    shuffled = _mmd(kernel, rng.permuted(np.tile(is_a, (permutations, 1)), axis=1))
    # The order as it came is one of the permutations, all of which are equally probable.
    p_value = (1 + np.sum(shuffled >= observed - ROUNDING)) / (permutations + 1)
    return float(observed), float(p_value)


def _gaussian_kernel(points):
    """exp(−distance² / (2 · median distance²)) of all pairs, 0 on the diagonal."""
    from scipy.spatial.distance import pdist, squareform

    squared = pdist(points, "sqeuclidean")
    # Both samples together make the median, so that it is the same for all permutations.
    width = np.median(squared)
    return squareform(np.exp(-squared / (2.0 * width)) if width > 0.0 else 1.0 * (squared == 0.0))


def _mmd(kernel, is_a):
    """Unbiased MMD² for each row of `is_a`, `(splits, n + m)` booleans, from one kernel matrix."""
    in_a = is_a.astype("float64")
    n, m = in_a[0].sum(), (1.0 - in_a[0]).sum()
    to_a = in_a @ kernel  # Σ over a of k(·, a), `(splits, n + m)`.
    within_a = np.sum(to_a * in_a, axis=1)
    between = to_a.sum(axis=1) - within_a
    within_b = kernel.sum() - within_a - 2.0 * between
    return within_a / (n * (n - 1)) + within_b / (m * (m - 1)) - 2.0 * between / (n * m)


def _some_of(data, most, rng):
    if len(data) <= most:
        return data
    return data[np.sort(rng.choice(len(data), most, replace=False))]


def _check_alpha(alpha, permutations):
    if not 0.0 < alpha < 1.0:
        raise ValueError(f"`alpha` must lie between 0 and 1. Received: alpha={alpha!r}")
    if 2.0 / (permutations + 1) > alpha:
        raise ValueError(
            f"So few permutations never give a p-value below `alpha`: take at least "
            f"{int(np.ceil(2.0 / alpha))}. "
            f"Received: permutations={permutations}, alpha={alpha}"
        )
