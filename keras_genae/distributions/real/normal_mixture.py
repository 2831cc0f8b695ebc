"""A mixture of normal distributions with independent units: priors over latent vectors."""

from keras import ops

from keras_genae.distributions.real.diagonal_normal import DiagonalNormal


class NormalMixture:
    """Σ_k share_k · N(mean_k, diag(exp(log_var_k))) over vectors of `latent_dim` entries.

    Args:
        mean, log_var: of the components, float tensors `(components, latent_dim)`.
        logits: of the shares, which are their softmax, `(components,)`; by default all are equal.

    Example:

    >>> import numpy as np
    >>> mixture = NormalMixture(mean=np.array([[-3.0], [3.0]]), log_var=np.zeros((2, 1)))
    >>> np.round(np.array(mixture.responsibilities(np.array([[0.0], [2.0]]))), 2).tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """

    def __init__(self, mean, log_var, logits=None):
        self.components = DiagonalNormal(mean, log_var)
        logits = ops.zeros(mean.shape[:1]) if logits is None else ops.cast(logits, "float32")
        self.log_shares = ops.log_softmax(logits)

    def log_joint(self, z):
        """log share_k + log N(z; …) of each component: `(..., latent_dim)` to `(..., k)`."""
        return self.log_shares + self.components.log_prob(ops.expand_dims(z, -2))

    def log_prob(self, z):
        """log density at `z`, `(..., latent_dim)`, in nats: `(...)`."""
        return ops.logsumexp(self.log_joint(z), axis=-1)

    def responsibilities(self, z):
        """p(k|z), how likely each component is for z: `(..., latent_dim)` to `(..., k)`."""
        return ops.softmax(self.log_joint(z), axis=-1)
