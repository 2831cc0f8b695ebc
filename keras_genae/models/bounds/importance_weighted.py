"""What the models of this room share: draws, their weights, and a gradient for each network."""

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
from keras_genae.networks.checks import check_whole

GRADIENTS = ("reparametrised", "dreg")


class ImportanceWeighted(VAE):
    """A VAE that is trained on a bound of log p(x) made of the weights of several draws.

    The arguments are those of `IWAE`. A model defines `bound(log_weights)`, from log w of all
    draws, `(batch, draws)`, to `(batch,)`; and `encoder_bound` and `shares` where they do not go
    with the same groups of draws.
    """

    # Groups of draws within which weights are averaged; each has `samples`.
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

    def encoder_bound(self, log_weights):
        """The bound that the encoder learns from, where its gradient is not that of `bound`."""
        if self.gradient == "dreg":
            return doubly_reparametrised(log_weights, self.groups, ops.convert_to_tensor(self.beta))
        return log_mean_weight(log_weights, self.groups)

    def shares(self, log_weights):
        """What each draw counts in `bound`, `(batch, draws)`, and so towards the best σ."""
        return shares(log_weights, self.groups)

    @property
    def has_two_gradients(self):
        """Whether the encoder learns from another gradient than that of `bound`."""
        return self.gradient == "dreg"

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return ("reconstruction_loss", "kl_loss", "tightening_loss")

    def loss_terms(self, batch, training):
        """See `Autoencoder.loss_terms`; the draws are as many as the bound takes."""
        batch = dataclasses.replace(batch, training=training)
        posterior = self.posterior(self.encoder_input(batch, training), training)  # q(z|x)
        log_prob = self.log_prob_of(posterior)
        z, log_q = self.draws(posterior, self.groups * self.samples, training, log_prob)
        two_gradients = training and self.has_two_gradients
        if two_gradients:
            # Here the encoder's gradient, the decoder being held; below the decoder's.
            with held_constant(self):
                draws = self.weigh(batch, z, log_q, training)
                for_encoder = self.terms_of(draws, self.encoder_bound)
            z, log_q = ops.stop_gradient(z), ops.stop_gradient(log_q)
        draws = self.weigh(batch, z, log_q, training)
        terms = self.terms_of(draws, self.bound)
        if two_gradients:
            terms = {name: with_gradient_of(terms[name], for_encoder[name]) for name in terms}
        if training:
            self.follow_draws(draws)
            self.follow(posterior, batch)
        return terms

    def log_prob_of(self, posterior):
        """log q(z|x) as a function of z; for DReG one through which q itself learns nothing."""
        if self.gradient == "dreg":
            posterior = DiagonalNormal(
                ops.stop_gradient(posterior.mean), ops.stop_gradient(posterior.log_var)
            )
        return posterior.log_prob

    def log_weights_of(self, draws):
        """log p(x|z) − beta · (log q(z|x) − log p(z)) of `WeighedDraws`, `(batch, draws)`."""
        return -(draws.distortion + ops.convert_to_tensor(self.beta) * draws.rate)

    def terms_of(self, draws, bound):
        """The negative ELBO of `WeighedDraws` in two terms, and what a bound gains on it."""
        log_weights = self.log_weights_of(draws)
        return {
            "reconstruction_loss": ops.mean(draws.distortion, axis=1),
            "kl_loss": ops.mean(draws.rate, axis=1),
            "tightening_loss": ops.mean(log_weights, axis=1) - bound(log_weights),
        }

    def follow_draws(self, draws):
        """Take the errors of a training batch into σ, each draw for what it counts."""
        counts = ops.reshape(self.shares(self.log_weights_of(draws)), (-1,))
        weight = draws.batch.sample_weight * counts
        self.follow_scale(draws.likelihood, dataclasses.replace(draws.batch, sample_weight=weight))

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "samples": self.samples, "gradient": self.gradient}
