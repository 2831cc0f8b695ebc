"""The VAE trained on the variational Rényi bound."""

import math
import numbers

from keras import ops

from keras_genae.distributions.importance_weights import (
    doubly_reparametrised,
    log_mean_weight,
    shares,
)
from keras_genae.models.bounds.importance_weighted import ImportanceWeighted
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="bounds",
    minimises="−1/(1 − α) · log (1/K) Σ (p(x|z_k) p(z_k) / q(z_k|x))^(1 − α)",
    use="posteriors between mass-covering and mode-seeking, by one number",
    paper="Li & Turner 2016",
)
class RenyiVAE(ImportanceWeighted):
    """A `VAE` trained on the bound of Rényi's α-divergence between q(z|x) and the posterior.

    Minimises −1/(1 − α) · log (1/K) Σ_k w_k^(1 − α), w_k = p(x|z_k) p(z_k) / q(z_k|x), in nats per
    example, z_k ~ q(z|x). α = 0 is `IWAE`, and α = 1, the limit, a `VAE` with K draws; between them
    the bound lies between theirs. With many draws it is log p(x) − D_α(q(z|x) ‖ p(z|x)).

    `fit` logs the terms of `IWAE`.

    Choose it to say how q(z|x) may miss the posterior: a large α punishes draws where the posterior
    has nothing (modes are sought), a small one covers all of it.

    Limits: with few draws the bound is nearer to the ELBO than its α says; below 0 it is no lower
    bound of log p(x) with many draws, and above 1 its gradient rests on the worst draws. Each draw
    is decoded. `loss` of different α cannot be compared: see `log_likelihood`.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        samples: K, draws from q(z|x) for each example.
        alpha: α, a finite number; 0.5 weighs both ways of missing alike.
        **kwargs: the other arguments of `IWAE`; its `gradient="dreg"` holds for every α.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = RenyiVAE((30,), latent_dim=2, alpha=0.5, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 30)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> model.sample(2, seed=0).shape
    (2, 30)

    Reference:
        Li & Turner, "Rényi Divergence Variational Inference", 2016.
    """

    def __init__(self, input_shape=None, latent_dim=None, samples=5, alpha=0.5, **kwargs):
        is_number = isinstance(alpha, numbers.Real) and not isinstance(alpha, bool)
        if not is_number or not math.isfinite(alpha):
            raise ValueError(f"`alpha` must be a finite number. Received: alpha={alpha!r}")
        self.alpha = float(alpha)
        super().__init__(input_shape, latent_dim, samples, **kwargs)

    @property
    def power(self):
        """1 − α, to which weights are raised; 1 where the bound is the limit α = 1."""
        return (1.0 - self.alpha) or 1.0

    @property
    def averaged(self):
        """Groups of draws: one; at the limit α = 1, the ELBO, each draw is its own."""
        return self.samples if self.alpha == 1.0 else 1

    def bound(self, log_weights):
        """1/(1 − α) · log (1/K) Σ w^(1 − α), `(batch,)`."""
        return log_mean_weight(self.power * log_weights, self.averaged) / self.power

    def encoder_bound(self, log_weights):
        """`bound` with the doubly reparametrised gradient; the power multiplies log q as well."""
        beta = self.power * ops.convert_to_tensor(self.beta)
        tempered = self.power * log_weights
        return doubly_reparametrised(tempered, self.averaged, beta) / self.power

    def shares(self, log_weights):
        """What each draw counts in `bound`."""
        return shares(self.power * log_weights, self.averaged)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "alpha": self.alpha}
