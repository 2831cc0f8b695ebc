"""The FactorVAE."""

from keras import ops

from keras_genae.layers.corruption import check_not_negative
from keras_genae.models.vae import VAE
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_widths
from keras_genae.networks.discriminators import code_discriminator
from keras_genae.networks.frozen import call_frozen


@zoo_model(
    family="variational",
    minimises="−log p(x|z) + KL(q(z|x) ‖ N(0, I)) + gamma · log D(z) / (1 − D(z))",
    use="disentangling, by a discriminator that looks for dependence",
    paper="Kim & Mnih 2018",
)
class FactorVAE(VAE):
    """A VAE with a second player, who tells codes from codes whose units are independent.

    Minimises −log p(x|z) + beta · KL(q(z|x) ‖ p(z)) + γ · TC, in nats per example. The total
    correlation TC = KL(q(z) ‖ Π q(z_j)) is the mean of log D(z) / (1 − D(z)), where D(z) is the
    probability that the discriminator gives to z being a code, and not one put together of the
    units of other examples; it learns by its cross-entropy, `discriminator_loss`, which is log 2 =
    0.69 nats where it cannot tell. Both play in one step: in the TC the discriminator is held
    constant, and in its own loss the codes are.

    Choose it to disentangle with many units or small batches, where the estimate of `BetaTCVAE`
    has little to go by.

    Limits: the TC is what the discriminator finds, too little while it is behind, and where it
    overfits too much; its network costs time. A batch smaller than `latent_dim` makes no codes of
    independent units. Independent units are not yet the factors one had in mind
    (Locatello et al., 2019): compare several seeds.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        gamma: γ, weight of `total_correlation_loss`.
        discriminator_widths: units of its hidden layers; the paper has six of 1000.
        **kwargs: `beta` and `free_bits` of `VAE`, and the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(64, 16)).astype("float32")
    >>> model = FactorVAE((16,), 4, widths=(16,), discriminator_widths=(8,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['discriminator_loss', 'kl_loss', 'loss', 'reconstruction_loss', 'total_correlation_loss']

    Reference:
        Kim & Mnih, "Disentangling by Factorising", 2018 (which learns D on codes of a second batch;
        here on those of the same).
    """

    WHITENS = False

    def __init__(
        self,
        input_shape=None,
        latent_dim=None,
        gamma=10.0,
        discriminator_widths=(256, 256, 256, 256),
        **kwargs,
    ):
        super().__init__(input_shape, latent_dim, **kwargs)
        self.gamma = check_not_negative("gamma", gamma)
        self.discriminator_widths = check_widths(discriminator_widths)
        # Its output is log D(z) / (1 − D(z)).
        self.discriminator = code_discriminator(
            self.latent_dim, self.discriminator_widths, self.dtype_policy
        )

    def latent_terms(self, posterior, z, batch):
        """KL(q(z|x) ‖ p(z)), the total correlation by the discriminator, and the latter's loss."""
        log_ratio = call_frozen(self.discriminator, z)  # log q(z) / Π q(z_j)
        codes = ops.stop_gradient(z)
        mixed = independent_units(codes, batch.sample_weight)
        told_codes, told_mixed = self.discriminator(codes), self.discriminator(mixed)
        # −½ log D(z) − ½ log(1 − D(mixed))
        cross_entropy = 0.5 * (ops.softplus(-told_codes) + ops.softplus(told_mixed))
        return {
            **super().latent_terms(posterior, z, batch),
            "total_correlation_loss": log_ratio[:, 0],
            "discriminator_loss": cross_entropy[:, 0],
        }

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return (*super().term_names, "total_correlation_loss", "discriminator_loss")

    @property
    def term_weights(self):
        """γ weighs the total correlation; the discriminator minimises its loss as it is."""
        return {**super().term_weights, "total_correlation_loss": self.gamma}

    def get_config(self):
        """The constructor's arguments."""
        sizes = {"discriminator_widths": self.discriminator_widths}
        return {**super().get_config(), "gamma": self.gamma, **sizes}


def independent_units(z, weight):
    """Codes put together of the units of different examples: draws from Π q(z_j).

    The examples of a batch are in no order, so any fixed way to mix them is a draw. Unit j of d is
    moved on by j/d of the batch, around its end, where each example takes the room of its weight.

    Args:
        z: codes, `(batch, d)`.
        weight: what each example counts, `(batch,)`; units of one of weight 0 go nowhere.

    Returns:
        float32 `(batch, d)`.
    """
    count, units = ops.shape(z)[0], z.shape[-1]
    share = ops.divide_no_nan(weight, ops.sum(weight))
    ends = ops.cumsum(share)
    place = (ends - 0.5 * share)[:, None] + ops.arange(units, dtype="float32") / units
    rows = ops.searchsorted(ends, ops.reshape(place % 1.0, (-1,)), side="right")
    rows = ops.minimum(ops.reshape(rows, (count, units)), count - 1)
    return ops.take_along_axis(z, rows, axis=0)
