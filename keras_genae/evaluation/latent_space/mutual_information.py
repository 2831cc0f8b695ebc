"""How much a latent vector tells about the example it was drawn for."""

import numpy as np

from keras_genae.batches import in_batches
from keras_genae.evaluation.requirements import normal_posterior


def mutual_information(model, x, label=None, batch_size=128, verbose="auto", seed=0):
    """I(x; z) under the posterior, in nats: the rate less what the prior alone costs.

    The rate splits into two: E KL(q(z|x) ‖ p(z)) = I(x; z) + KL(q(z) ‖ p(z)), with the aggregated
    posterior q(z), the mean of q(z|x) over the examples. The first part is information, the second
    a mismatch of q(z) and prior. So I(x; z) = E[log q(z|x) − log q(z)], whatever the prior is.

    The aggregated posterior here is that of the `n` examples given, and exact; the expectation is
    taken over one draw of z for each. The result is at most log n: where it comes close, as for
    most models of images, it says that all examples can be told apart, and no more. It is a lower
    bound, in expectation, on the information of the population. The time grows with n².

    Args:
        model: a VAE.
        x: array, tensor or dataset of `n` examples `(n, *input_shape)`.
        label: of a model with side information, as in `encode`: what z tells is then of x and its
            label.
        batch_size: examples at a time, for arrays.
        verbose: 1 shows a progress bar, 0 none; `"auto"` shows one where it takes long.
        seed: of the draws.

    Returns:
        A float, the estimate.

    Raises:
        ValueError: for a model without a posterior, or data of the wrong shape, dtype or range.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.VAE((4,), latent_dim=3, widths=(8,), seed=0)
    >>> x = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
    >>> bool(mutual_information(model, x) <= np.log(20))
    True

    References:
        Hoffman & Johnson, "ELBO Surgery: Yet Another Way to Carve Up the Variational Evidence
        Lower Bound", 2016;
        Poole et al., "On Variational Bounds of Mutual Information", 2019, section 2.3 (the lower
        bound).
    """
    posterior = normal_posterior(model, x, label, batch_size, verbose, "mutual_information")
    # Squares are expanded to a matrix product below, which needs the digits.
    mean, log_var = (np.asarray(a, "float64") for a in (posterior.mean, posterior.log_var))
    epsilon = np.random.default_rng(seed).standard_normal(mean.shape)
    z = mean + np.exp(0.5 * log_var) * epsilon
    # log q(z|x), without −½ log 2π a unit, which the difference cancels. The same draw in both
    # terms cancels most of its noise, and keeps each difference below log n.
    log_posterior = -0.5 * np.sum(np.square(epsilon) + log_var, axis=1)
    log_aggregated = in_batches(_log_mixture(mean, log_var), z, batch_size, verbose)
    return float(np.mean(log_posterior - log_aggregated))


def _log_mixture(mean, log_var):
    """A function from z `(batch, d)` to the log density of the mean of n normals, `(batch,)`."""
    precision = np.exp(-log_var)
    constant = np.sum(np.square(mean) * precision + log_var, axis=1)

    def log_mixture(z):
        # (batch, n): −½ Σ (z − mean)² / σ² + log σ², over units.
        log_prob = z @ (mean * precision).T - 0.5 * (np.square(z) @ precision.T + constant)
        largest = log_prob.max(axis=1, keepdims=True)
        return largest[:, 0] + np.log(np.mean(np.exp(log_prob - largest), axis=1))

    return log_mixture
