"""The divergence of a posterior from a prior: exact where it can be, else at a draw."""


def has_closed_kl(posterior, prior):
    """Whether KL(posterior ‖ prior) has a closed form here: the posterior says for which priors."""
    return hasattr(posterior, "has_kl") and posterior.has_kl(prior)


def kl_divergence(posterior, prior, z):
    """KL(posterior ‖ prior) in nats, in closed form where there is one.

    Where there is none, log q(z) − log p(z), whose mean over draws z ~ q it is. A single one may be
    below zero.

    Args:
        posterior: a distribution with `log_prob(z)`; one that knows a closed form has
            `has_kl(prior)` and `kl(prior)` too.
        prior: a distribution with `log_prob(z)`.
        z: a draw from the posterior.

    Returns:
        A float32 tensor, one number for each posterior.

    Example:

    >>> import numpy as np
    >>> from keras_genae.distributions import DiagonalNormal
    >>> posterior = DiagonalNormal(np.array([[1.0, 0.0]]), np.zeros((1, 2)))
    >>> float(kl_divergence(posterior, DiagonalNormal.standard(2), z=posterior.mean)[0])
    0.5
    """
    if has_closed_kl(posterior, prior):
        return posterior.kl(prior)
    return posterior.log_prob(z) - prior.log_prob(z)
