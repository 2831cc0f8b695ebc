"""The maximum mean discrepancy between two samples."""

from keras import ops

# Widths of the kernels that are averaged, in units of 2d: at a single one, codes far off or close
# together would feel no pull.
SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
# k(r²) at width C.
KERNELS = {
    "imq": lambda squared, width: width / (width + squared),
    "rbf": lambda squared, width: ops.exp(-squared / width),
}


def mmd(x, y, kernel="imq", scales=SCALES, x_weight=None, y_weight=None):
    """The squared maximum mean discrepancy between the distributions of two samples.

    MMD² = E k(x, x') + E k(y, y') − 2 E k(x, y), where x' and y' are further draws. It is 0 only
    where both distributions are the same. The estimate is the U-statistic, the mean over pairs of
    different rows: it is unbiased whatever the size of the batch, so it lies below 0 now and then.

    k(x, y) is the mean over the scales s of, with r = ‖x − y‖ and C = 2ds, in d dimensions:

    - `"imq"`, the inverse multiquadratic: C / (C + r²);
    - `"rbf"`, the Gaussian: exp(−r² / C).

    At s = 1 the width C is the mean of r² between two draws from N(0, I); k(x, x) is 1, and so MMD²
    at most 2.

    Args:
        x, y: float tensors `(n, d)` and `(m, d)`.
        kernel: `"imq"` or `"rbf"`.
        scales: widths of the kernels that are averaged, in units of 2d.
        x_weight, y_weight: what a row counts, `(n,)` and `(m,)`; a row of weight 0 is as good as
            removed. By default all count the same.

    Returns:
        A float32 scalar; 0 where a sample has fewer than two rows, of which nothing can be said.

    Raises:
        ValueError: on an unknown kernel.

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(size=(500, 2)), rng.normal(size=(400, 2))
    >>> bool(abs(mmd(x, y)) < 0.01), bool(mmd(x + 1.0, y) > 0.1)
    (True, True)

    References:
        Gretton et al., "A Kernel Two-Sample Test", 2012, lemma 6;
        Tolstikhin et al., "Wasserstein Auto-Encoders", 2018, section 4 (the kernel "imq", and, in
        the authors' code, the scales).
    """
    check_kernel(kernel)
    x, y = ops.cast(x, "float32"), ops.cast(y, "float32")
    x_weight, y_weight = weights_of(x, x_weight), weights_of(y, y_weight)

    def mean_kernel(a, b, pair_weight):
        squared, total = squared_distances(a, b), ops.sum(pair_weight)
        k = sum(KERNELS[kernel](squared, 2.0 * a.shape[-1] * scale) for scale in scales)
        return ops.divide_no_nan(ops.sum(pair_weight * k), len(scales) * total), total

    xx, x_pairs = mean_kernel(x, x, weights_of_pairs(x_weight))
    yy, y_pairs = mean_kernel(y, y, weights_of_pairs(y_weight))
    xy, _ = mean_kernel(x, y, x_weight[:, None] * y_weight)
    return ops.where(ops.minimum(x_pairs, y_pairs) > 0.0, xx + yy - 2.0 * xy, 0.0)


def check_kernel(kernel):
    """`kernel` where it is the name of one."""
    if kernel not in KERNELS:
        raise ValueError(
            f"`kernel` must be one of {', '.join(map(repr, KERNELS))}. Received: kernel={kernel!r}"
        )
    return kernel


def weights_of(rows, weight):
    """What each row counts, float32 `(n,)`."""
    return ops.ones((ops.shape(rows)[0],)) if weight is None else ops.cast(weight, "float32")


def weights_of_pairs(weight):
    """What each pair of rows of one sample counts, `(n, n)`: a row makes no pair with itself."""
    row = ops.arange(ops.shape(weight)[0])
    is_pair = ops.not_equal(row[:, None], row)
    return ops.where(is_pair, weight[:, None] * weight, 0.0)


def squared_distances(x, y):
    """‖x_i − y_j‖², `(n, m)`, without a tensor of `(n, m, d)`."""
    norms = ops.sum(ops.square(x), axis=-1)[:, None] + ops.sum(ops.square(y), axis=-1)
    # Of rows that are equal, rounding may leave less than 0.
    return ops.relu(norms - 2.0 * ops.matmul(x, ops.transpose(y)))
