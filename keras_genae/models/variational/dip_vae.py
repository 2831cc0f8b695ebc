"""The DIP-VAE, of both types."""

from keras import ops

from keras_genae.layers.corruption import check_not_negative
from keras_genae.models.vae import VAE
from keras_genae.models.zoo import zoo_model

# Type → λ_d over λ_od, as in the paper: means alone, without the noise around them, shrink easily.
DIAGONAL_PER_OFF_DIAGONAL = {"I": 10.0, "II": 1.0}


@zoo_model(
    family="variational",
    minimises="−log p(x|z) + KL(q(z|x) ‖ N(0, I)) + λ_od · Σ cov(z)_ij² + λ_d · Σ (cov(z)_ii − 1)²",
    use="disentangling, by the covariance of the codes",
    paper="Kumar et al. 2018",
)
class DIPVAE(VAE):
    """A VAE whose codes are to have the identity as their covariance, as the prior has.

    Minimises −log p(x|z) + KL(q(z|x) ‖ p(z)) + λ_od · Σ_{i≠j} C_ij² + λ_d · Σ_i (C_ii − 1)² per
    example. Of the type `"I"`, C is the covariance of the posterior means, Cov[μ(x)]; of the type
    `"II"` that of the codes themselves, Cov[μ(x)] + E[diag σ²(x)].

    Choose it for units that are not correlated, at little cost in reconstruction and none in
    networks or settings of a data set.

    Limits: units that are not correlated may still depend on each other. C is estimated from the
    batch, and all its examples are given the same two numbers: small batches, with fewer examples
    than units, see correlations that are none. Type I makes units dear that the data do not need:
    the KL would have their means stand still, and the diagonal has them vary.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        kind: the type, `"I"` or `"II"`.
        off_diagonal_weight: λ_od, of `off_diagonal_loss`.
        diagonal_weight: λ_d, of `diagonal_loss`; by default λ_od of type II, and ten times it of
            type I, as in the paper.
        **kwargs: `beta` and `free_bits` of `VAE`, and the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(64, 16)).astype("float32")
    >>> model = DIPVAE((16,), latent_dim=4, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['diagonal_loss', 'kl_loss', 'loss', 'off_diagonal_loss', 'reconstruction_loss']

    Reference:
        Kumar et al., "Variational Inference of Disentangled Latent Concepts from Unlabeled
        Observations", 2018.
    """

    WHITENS = False

    def __init__(
        self,
        input_shape=None,
        latent_dim=None,
        kind="II",
        off_diagonal_weight=10.0,
        diagonal_weight=None,
        **kwargs,
    ):
        if kind not in DIAGONAL_PER_OFF_DIAGONAL:
            raise ValueError(f"`kind` must be 'I' or 'II'. Received: kind={kind!r}")
        super().__init__(input_shape, latent_dim, **kwargs)
        self.kind = kind
        self.off_diagonal_weight = check_not_negative("off_diagonal_weight", off_diagonal_weight)
        if diagonal_weight is None:
            diagonal_weight = DIAGONAL_PER_OFF_DIAGONAL[kind] * self.off_diagonal_weight
        self.diagonal_weight = check_not_negative("diagonal_weight", diagonal_weight)

    def latent_terms(self, posterior, z, batch):
        """KL(q(z|x) ‖ p(z)), and how far the covariance of the codes is from I."""
        share = ops.divide_no_nan(batch.sample_weight, ops.sum(batch.sample_weight))[:, None]
        centred = posterior.mean - ops.sum(share * posterior.mean, axis=0)
        covariance = ops.matmul(ops.transpose(share * centred), centred)  # Cov[μ(x)]
        variance = ops.diagonal(covariance)
        # Noise is independent from unit to unit: it adds to the diagonal alone.
        off_diagonal = ops.sum(ops.square(covariance)) - ops.sum(ops.square(variance))
        if self.kind == "II":
            variance = variance + ops.sum(share * ops.exp(posterior.log_var), axis=0)  # + E[σ²(x)]
        alike = ops.ones_like(batch.sample_weight)
        return {
            **super().latent_terms(posterior, z, batch),
            "off_diagonal_loss": off_diagonal * alike,  # Σ_{i≠j} C_ij²
            "diagonal_loss": ops.sum(ops.square(variance - 1.0)) * alike,  # Σ_i (C_ii − 1)²
        }

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return (*super().term_names, "off_diagonal_loss", "diagonal_loss")

    @property
    def term_weights(self):
        """λ_od and λ_d weigh the two parts of the covariance."""
        return {
            **super().term_weights,
            "off_diagonal_loss": self.off_diagonal_weight,
            "diagonal_loss": self.diagonal_weight,
        }

    def get_config(self):
        """The constructor's arguments."""
        weights = {
            "off_diagonal_weight": self.off_diagonal_weight,
            "diagonal_weight": self.diagonal_weight,
        }
        return {**super().get_config(), "kind": self.kind, **weights}
