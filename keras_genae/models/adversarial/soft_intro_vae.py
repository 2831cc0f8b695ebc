"""The soft introspective VAE."""

import math

from keras import ops

from keras_genae import noise
from keras_genae.distributions import kl_divergence
from keras_genae.distributions.events import sum_over_event
from keras_genae.layers.corruption import check_not_negative
from keras_genae.layers.held_constant import held_constant
from keras_genae.layers.optimal_scale import squared_error
from keras_genae.models.vae import VAE
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="adversarial",
    minimises="−log p(x|z) + beta · KL(x), and exp(−α E(x_p)) / α by the encoder, KL(x_p) by the "
    "decoder",
    use="samples held against data by the encoder itself, without a discriminator",
    paper="Daniel & Tamar 2021",
)
class SoftIntroVAE(VAE):
    """A VAE whose encoder tells data from samples by the bound that it gives them.

    The negative ELBO of a VAE serves as an energy: the encoder lowers it on data x and raises it on
    samples x_p = decoder(z_p), z_p ~ p(z), softly; the decoder makes samples for which it is low.
    In nats per example, with KL(x) = KL(q(z|x) ‖ p(z)),

        encoder:  −log p(x|z) + beta · KL(x) + adversary_weight · exp(−α E(x_p)) / α
        decoder:  −log p(x|z) + adversary_weight · beta · KL(x_p)
        E(x_p) = ‖x_p − x̂_p‖² + beta_neg · KL(x_p),    α = 2 / entries of x

    with x̂_p the reconstruction of x_p. `fit` logs what the two lines add to each other's as
    `kl_loss`, `sample_energy_loss` and `generator_loss`. Both play in one step: the decoder is held
    constant where the encoder looks at samples, and the encoder where the decoder makes them;
    neither learns from the other's line.

    Choose it where an adversary is wanted and a discriminator would be one network too many.

    Limits: the least steady of its family. Where `beta_neg` is too large the encoder is content too
    early, and the decoder finds patterns that look like no data and have a low KL: `generator_loss`
    far below `kl_loss` is the sign; lower it, the learning rate or `adversary_weight`, and look at
    samples, since no term says how far training is. In short runs nothing tried had better samples
    than a `VAE`: MNIST, 3,750 steps of 32, Adam at 5e-4, `scale=0.7`, patch distances: `VAE` .031;
    `beta_neg` of 256 .044, digits with specks; 12 .052; 65 went astray. The loss bounds
    no likelihood; `elbo` does. A step takes three encoders and three decoders.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        beta_neg: weight of the KL divergence in the energy of samples: it says from which KL on
            the encoder is content with a sample. By default entries of x / (4 · latent_dim), so
            that α · beta_neg · KL is 1 at two nats a unit, about what data take. (The paper has 256
            for small images, where the rate of data is a few nats: σ is not fitted there.)
        adversary_weight: weight of both terms on samples; a callback may move it. At 0 the model is
            a `VAE`, its codes along the axes that they were found in.
        **kwargs: `beta` and `free_bits` of `VAE`, and the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = SoftIntroVAE((16,), latent_dim=2, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 16)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['generator_loss', 'kl_loss', 'loss', 'reconstruction_loss', 'sample_energy_loss']

    Reference:
        Daniel & Tamar, "Soft-IntroVAE: Analyzing and Improving the Introspective Variational
        Autoencoder", 2021 (there every term is divided by the entries of x, and the decoder pays
        for ‖x_p − x̂_p‖² too, with a weight of 1e-8).
    """

    # Axes that turn while the two play make what the encoder says of samples grow without end.
    WHITENS = False

    def __init__(
        self, input_shape=None, latent_dim=None, beta_neg=None, adversary_weight=1.0, **kwargs
    ):
        super().__init__(input_shape, latent_dim, **kwargs)
        self.given_beta_neg = beta_neg
        if beta_neg is None:
            beta_neg = math.prod(self.input_shape) / (4.0 * self.latent_dim)
        self.beta_neg = check_not_negative("beta_neg", beta_neg)
        self.initial_adversary_weight = check_not_negative("adversary_weight", adversary_weight)
        self.adversary_weight = self.weight_of_term(
            "adversary_weight", self.initial_adversary_weight
        )

    def latent_terms(self, posterior, z, batch):
        """The KL divergence, and what encoder and decoder pay for samples."""
        seed = self.noise_for(batch.training, z)
        z_p = noise.normal(ops.shape(z), seed)  # z_p ~ p(z)
        # As outside training: the statistics of the networks are those of the pass over data.
        x_p = self.likelihood(self.raw(z_p)).mean
        seen = self.posterior(ops.stop_gradient(x_p))  # what the encoder learns from
        seen_z = seen.sample(seed)
        with held_constant(self):
            met = self.posterior(x_p)  # what the decoder learns from
            likelihood = self.likelihood(self.raw(seen_z))
        # E(x_p) = ‖x_p − x̂_p‖² + β_neg KL(x_p)
        error = sum_over_event(squared_error(ops.stop_gradient(x_p), likelihood.mean))
        energy = error + self.beta_neg * kl_divergence(seen, self.prior, seen_z)
        alpha = 2.0 / math.prod(self.input_shape)
        return {
            **super().latent_terms(posterior, z, batch),
            "sample_energy_loss": ops.exp(-alpha * energy) / alpha,
            "generator_loss": kl_divergence(met, self.prior, seen_z),
        }

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return (*super().term_names, "sample_energy_loss", "generator_loss")

    @property
    def term_weights(self):
        """Beta weighs the KL divergences, the adversary's weight what is paid for samples."""
        weights = {
            "sample_energy_loss": self.adversary_weight,
            "generator_loss": self.adversary_weight * self.beta,
        }
        return {**super().term_weights, **weights}

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "beta_neg": self.given_beta_neg,
            "adversary_weight": self.initial_adversary_weight,
        }
