"""The importance-weighted autoencoder."""

from keras_genae.distributions.importance_weights import log_mean_weight
from keras_genae.models.bounds.importance_weighted import ImportanceWeighted
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="bounds",
    minimises="−log (1/K) Σ p(x|z_k) p(z_k) / q(z_k|x)",
    use="densities: a higher log p(x)",
    paper="Burda et al. 2016; Tucker et al. 2019",
)
class IWAE(ImportanceWeighted):
    """A `VAE` trained on a bound of log p(x) that several draws make tighter.

    Minimises −log (1/K) Σ_k w_k, w_k = p(x|z_k) p(z_k) / q(z_k|x), in nats per example, with
    z_1 … z_K drawn from q(z|x). In expectation −log p(x) ≤ this loss ≤ the negative ELBO, and it
    falls with K. With K = 1 it is the negative ELBO, the KL divergence taken at the draw.

    `fit` logs `reconstruction_loss` and `kl_loss`, the means of −log p(x|z_k) and of
    log q(z_k|x) − log p(z_k) over the K draws, whose sum is the negative ELBO; and
    `tightening_loss`, by how much the bound is above the ELBO of the same draws, negative as it
    lowers the loss. The `loss` is their sum.

    Choose it where log p(x) counts: densities, compression, `log_likelihood`. Posteriors need not
    be normal for a tight bound, so more units stay in use.

    Limits: each draw is decoded, so that a step takes up to K times as long. The more draws, the
    less the encoder learns from them, as its gradient's noise falls more slowly than the gradient
    itself (Rainforth et al., 2018; see `PIWAE`, and `gradient="dreg"`). q(z|x) becomes a proposal
    that covers the posterior rather than fits it: reconstructions from its mean are blurrier, and
    its KL is no measure of what the code holds.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        samples: K, draws from q(z|x) for each example.
        gradient: `"reparametrised"`, or `"dreg"` for the encoder's doubly reparametrised gradient:
            the same in expectation, with less noise the more draws there are. The decoder's
            gradient is the usual one; a step takes a second pass through it.
        **kwargs: the other arguments of `VAE`; `beta` multiplies log q(z|x) − log p(z) within the
            weights. `free_bits` are refused: the bound is no sum over units.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = IWAE((30,), latent_dim=2, samples=5, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 30)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['kl_loss', 'loss', 'reconstruction_loss', 'tightening_loss']
    >>> history.history["tightening_loss"][0] < 0.0
    True

    References:
        Burda et al., "Importance Weighted Autoencoders", 2016;
        Tucker et al., "Doubly Reparameterized Gradient Estimators for Monte Carlo Objectives",
        2019 (`gradient="dreg"`).
    """

    def bound(self, log_weights):
        """log (1/K) Σ w, `(batch,)`."""
        return log_mean_weight(log_weights)
