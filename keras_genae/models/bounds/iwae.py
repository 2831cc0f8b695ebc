"""The importance-weighted autoencoder."""

import dataclasses

from keras import ops

from keras_genae.distributions import DiagonalNormal
from keras_genae.distributions.importance_weights import (
    doubly_reparametrised,
    log_mean_weight,
    shares,
    with_gradient_of,
)
from keras_genae.layers.held_constant import held_constant
from keras_genae.models.vae import VAE
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_whole

GRADIENTS = ("reparametrised", "dreg")


@zoo_model(
    family="bounds",
    minimises="−log (1/K) Σ p(x|z_k) p(z_k) / q(z_k|x)",
    use="densities: a higher log p(x)",
    paper="Burda et al. 2016; Tucker et al. 2019",
)
class IWAE(VAE):
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

    # Groups of draws within which weights are averaged, M of the paper of `MIWAE`.
    groups = 1

    def __init__(
        self, input_shape=None, latent_dim=None, samples=5, gradient="reparametrised", **kwargs
    ):
        self.samples = check_whole("samples", samples)
        if gradient not in GRADIENTS:
            raise ValueError(
                f"`gradient` must be one of {', '.join(map(repr, GRADIENTS))}. "
                f"Received: gradient={gradient!r}"
            )
        self.gradient = gradient
        if kwargs.get("free_bits"):
            raise ValueError(
                "`free_bits` are nats of each unit, and a bound of several draws is no sum over "
                f"units: leave them out. Received: free_bits={kwargs['free_bits']!r}"
            )
        super().__init__(input_shape, latent_dim, **kwargs)

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return ("reconstruction_loss", "kl_loss", "tightening_loss")

    def loss_terms(self, batch, training):
        """See `Autoencoder.loss_terms`; the draws are as many as the bound takes."""
        posterior = self.posterior(self.encoder_input(batch, training), training)  # q(z|x)
        log_prob = self.log_prob_of(posterior)
        z, log_q = self.draws(posterior, self.groups * self.samples, training, log_prob)
        two_gradients = training and self.has_two_gradients
        if two_gradients:
            # The encoder's gradient, the decoder's weights being held; below the decoder's.
            with held_constant(self):
                draws = self.weigh(batch, z, log_q, training)
                for_encoder = self.terms_of(draws, self.encoder_bound)
            z, log_q = ops.stop_gradient(z), ops.stop_gradient(log_q)
        draws = self.weigh(batch, z, log_q, training)
        terms = self.terms_of(draws, self.bound)
        if two_gradients:
            terms = {name: with_gradient_of(terms[name], for_encoder[name]) for name in terms}
        if training:
            counts = ops.reshape(self.shares(self.log_weights_of(draws)), (-1,))
            counted = dataclasses.replace(
                draws.batch, sample_weight=draws.batch.sample_weight * counts
            )
            self.follow_scale(draws.likelihood, counted)
            self.follow(posterior, batch)
        return terms

    def terms_of(self, draws, bound):
        """The loss terms of `WeighedDraws`, with a bound of their log weights."""
        log_weights = self.log_weights_of(draws)
        return {
            "reconstruction_loss": ops.mean(draws.distortion, axis=1),
            "kl_loss": ops.mean(draws.rate, axis=1),
            "tightening_loss": ops.mean(log_weights, axis=1) - bound(log_weights),
        }

    def log_weights_of(self, draws):
        """log p(x|z) − beta · (log q(z|x) − log p(z)) of `WeighedDraws`, `(batch, draws)`."""
        return -(draws.distortion + ops.convert_to_tensor(self.beta) * draws.rate)

    def bound(self, log_weights):
        """log (1/K) Σ w, `(batch,)`."""
        return log_mean_weight(log_weights, self.groups)

    def encoder_bound(self, log_weights):
        """The bound that the encoder learns from, where its gradient is not that of `bound`."""
        if self.gradient == "dreg":
            return doubly_reparametrised(log_weights, self.groups, ops.convert_to_tensor(self.beta))
        return log_mean_weight(log_weights, self.groups)

    def shares(self, log_weights):
        """What each draw counts in the decoder's bound, `(batch, draws)`: its optimum of σ too."""
        return shares(log_weights, self.groups)

    @property
    def has_two_gradients(self):
        """Whether the encoder learns from another gradient than that of `bound`."""
        return self.gradient == "dreg"

    def log_prob_of(self, posterior):
        """log q(z|x) as a function of z; for DReG one through which q itself learns nothing."""
        if self.gradient == "dreg":
            posterior = DiagonalNormal(
                ops.stop_gradient(posterior.mean), ops.stop_gradient(posterior.log_var)
            )
        return posterior.log_prob

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "samples": self.samples, "gradient": self.gradient}
