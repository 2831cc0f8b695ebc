"""The distribution of all codes of a data set, estimated from one batch of it."""

import math

from keras import ops

from keras_genae.distributions.real.diagonal_normal import LOG_TWO_PI


class AggregatedPosterior:
    """q(z) = 1/N Σ_n q(z|x_n) over a data set of N examples, at the draws of one batch.

    A code z_i is drawn from the posterior of its own example, and so is likelier under it than
    under any other. In a batch of M that posterior stands among M, in the data set among N: a plain
    mean over the batch would have it N/M times too often. Stratified, it counts 1/N, and the others
    of the batch share what is left, as they stand for all others of the data set:

        q(z_i) ≈ 1/N q(z_i|x_i) + (N−1)/N · Σ_{m≠i} w_m q(z_i|x_m) / Σ_{m≠i} w_m.

    Over batches drawn at random this is unbiased for q(z_i), and exact where the batch is the data
    set; log q(z_i) comes out too small on average, the less so the larger the batch. (The paper
    singles out one of the others to carry what does not divide; here all carry the same, which has
    the same mean and a smaller variance, and knows no order of the batch.)

    Args:
        posterior: a `DiagonalNormal` of the batch, `(batch, latent_dim)`.
        dataset_size: N.
        weight: w, what each example counts, `(batch,)`; of an example of weight 0 nothing is seen.

    Example:

    >>> import math, numpy as np
    >>> from keras_genae.distributions import DiagonalNormal
    >>> two = DiagonalNormal(np.array([[-1.0], [1.0]]), np.zeros((2, 1)))
    >>> q = AggregatedPosterior(two, dataset_size=2)         # ½ N(−1, 1) + ½ N(1, 1)
    >>> [round(math.exp(log_p), 3) for log_p in q.log_prob(np.array([[0.0], [1.0]]))]
    [0.242, 0.226]

    Reference:
        Chen et al., "Isolating Sources of Disentanglement in Variational Autoencoders", 2018,
        appendix C.2 (stratified sampling).
    """

    def __init__(self, posterior, dataset_size, weight=None):
        self.posterior = posterior
        count = ops.shape(posterior.mean)[0]
        weight = ops.ones((count,)) if weight is None else ops.cast(weight, "float32")
        own = ops.eye(count)
        others = (1.0 - own) * weight  # (i, m): what x_m counts for z_i.
        total = ops.sum(others, axis=1, keepdims=True)
        others = ops.divide_no_nan(others, total) * (1.0 - 1.0 / dataset_size)
        # Alone in its batch an example is all that is known of the data set.
        own_share = ops.where(total > 0.0, 1.0 / dataset_size, 1.0)
        share = own_share * own + others
        self.log_share = ops.where(share > 0.0, ops.log(ops.maximum(share, 1e-37)), -math.inf)

    def log_prob(self, z):
        """log q(z_i) in nats, `(batch,)`, of one draw from each posterior of the batch."""
        return ops.logsumexp(self.log_share + ops.sum(self._pairs(z), axis=-1), axis=1)

    def log_prob_per_unit(self, z):
        """log q(z_ij) of each unit by itself, `(batch, latent_dim)`."""
        return ops.logsumexp(self.log_share[:, :, None] + self._pairs(z), axis=1)

    def _pairs(self, z):
        """log q(z_ij|x_m) at (i, m, j)."""
        mean = ops.cast(self.posterior.mean, "float32")
        log_var = ops.cast(self.posterior.log_var, "float32")
        squared = ops.square(ops.cast(z, "float32")[:, None] - mean) * ops.exp(-log_var)
        return -0.5 * (squared + log_var + LOG_TWO_PI)
