"""The adversarial autoencoder."""

from keras import ops

from keras_genae import noise
from keras_genae.models.regularised.matched_ae import MatchedAE
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_widths
from keras_genae.networks.discriminators import code_discriminator
from keras_genae.networks.frozen import call_frozen


@zoo_model(
    family="adversarial",
    minimises="−log p(x|z) − penalty_weight · log D(z), z = encoder(x), D told from N(0, I)",
    use="generation without noise in training, the prior held by a discriminator",
    paper="Makhzani et al. 2015",
)
class AAE(MatchedAE):
    """Spread the codes so that a second player cannot tell them from draws from N(0, I).

    Minimises −log p(x|z) − penalty_weight · log D(z), z = encoder(x), in nats per example, where
    D(z) is the probability that the discriminator gives to z being a draw y from p(z) = N(0, I).
    It minimises −½ log D(y) − ½ log(1 − D(z)), `discriminator_loss`, which is log 2 = 0.69 nats
    where it cannot tell; −log D(z), `generator_loss`, is then 0.69 too. Both play in one step: in
    what the encoder pays the discriminator is held constant, and in its own loss the codes are.

    Choose it for sharp reconstructions with a prior to sample from, as `WAE`, in small batches too:
    each code is judged by itself, and the discriminator remembers those of earlier batches.

    Limits: the game has no number that says how far it is; look at `discriminator_loss`, and at
    samples. At 0.69 it may be won or lost. Far below, the codes are told easily; far above, they
    move faster than the discriminator follows, and may lie anywhere: lower the learning rate.
    Under the default optimizer a `penalty_weight` of 10 and more drove the codes away. The codes
    of data of fewer dimensions than z lie on a thin sheet, which a discriminator always finds:
    choose `latent_dim` no larger than need be, or sample after `fit_prior`. It bounds no
    likelihood: there is no ELBO, no rate, no active unit.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        penalty_weight: weight of `generator_loss`; a callback may move it. At 0 encoder and decoder
            are an `Autoencoder`'s.
        discriminator_widths: units of its hidden layers; the paper has two of 1000.
        **kwargs: the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = AAE((30,), latent_dim=2, widths=(32,), discriminator_widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 30)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['discriminator_loss', 'generator_loss', 'loss', 'reconstruction_loss']
    >>> model.sample(3, seed=0).shape
    (3, 30)

    Reference:
        Makhzani et al., "Adversarial Autoencoders", 2015 (there the two losses in turns, with an
        optimizer each; here in one step, the encoder's in the form that does not saturate).
    """

    PENALTY = "generator_loss"

    def __init__(
        self,
        input_shape=None,
        latent_dim=None,
        penalty_weight=1.0,
        discriminator_widths=(256, 256),
        **kwargs,
    ):
        super().__init__(input_shape, latent_dim, penalty_weight, **kwargs)
        self.discriminator_widths = check_widths(discriminator_widths)
        # Its output is log D(z) / (1 − D(z)).
        self.discriminator = code_discriminator(
            self.latent_dim, self.discriminator_widths, self.dtype_policy
        )

    def penalty(self, z, batch):
        """−log D(z)."""
        return ops.softplus(-call_frozen(self.discriminator, z))[:, 0]

    def latent_terms(self, posterior, z, batch):
        """What the encoder pays for codes that are told from draws, and D's own loss."""
        y = noise.normal(ops.shape(z), self.noise_for(batch.training, z))  # y ~ p(z)
        told_y, told_z = self.discriminator(y), self.discriminator(ops.stop_gradient(z))
        # −½ log D(y) − ½ log(1 − D(z))
        cross_entropy = 0.5 * (ops.softplus(-told_y) + ops.softplus(told_z))
        return {
            **super().latent_terms(posterior, z, batch),
            "discriminator_loss": cross_entropy[:, 0],
        }

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return (*super().term_names, "discriminator_loss")

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "discriminator_widths": self.discriminator_widths}
