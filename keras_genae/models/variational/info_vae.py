"""The InfoVAE, with the maximum mean discrepancy."""

from keras import ops

from keras_genae import noise
from keras_genae.divergences import mmd
from keras_genae.models.vae import VAE
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="variational",
    minimises="−log p(x|z) + (1 − α) · KL(q(z|x) ‖ N(0, I)) + (α + λ − 1) · MMD²(q(z), N(0, I))",
    use="codes that say much and still lie as the prior does",
    paper="Zhao et al. 2019",
)
class InfoVAE(VAE):
    """A VAE that asks all codes together to lie as the prior does, and lets each say more.

    Minimises −log p(x|z) + (1 − α) · KL(q(z|x) ‖ p(z)) + (α + λ − 1) · D(q(z), p(z)), in nats per
    example, with q(z) the mean of all posteriors, and D the maximum mean discrepancy MMD² to draws
    from the prior; its kernel is the inverse multiquadratic, see `keras_genae.divergences.mmd`. The
    larger α, the less an example pays for what its code says of it; at α = 1 only where all codes
    lie is paid for: the MMD-VAE. With α = 0 and λ = 1 it is the VAE.

    Choose it where a VAE's posteriors fall onto the prior, with a strong decoder, and samples are
    wanted all the same.

    Limits: MMD² is estimated from the batch, and each of its examples is given the same number; a
    batch of some tens of examples tells little in more than about ten dimensions. It is at most 2,
    which is why λ is so large. At α near 1 posteriors may become points, and then the model has a
    code for each example but no ELBO to speak of.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        alpha: α, at most 1: how much of the information in a code is free of charge.
        lambda_mmd: λ, with which α − 1 gives the weight of `mmd_loss`; 1000 in the paper.
        **kwargs: `free_bits` of `VAE`, and the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(64, 16)).astype("float32")
    >>> model = InfoVAE((16,), latent_dim=4, alpha=1.0, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['kl_loss', 'loss', 'mmd_loss', 'reconstruction_loss']

    Reference:
        Zhao et al., "InfoVAE: Balancing Learning and Inference in Variational Autoencoders", 2019.
    """

    def __init__(
        self,
        input_shape=None,
        latent_dim=None,
        alpha=0.0,
        lambda_mmd=1000.0,
        **kwargs,
    ):
        if not (alpha <= 1.0 <= alpha + lambda_mmd < float("inf")):
            raise ValueError(
                "The weights of the KL divergence, 1 − alpha, and of the MMD, alpha + lambda_mmd − "
                "1, must be finite and may not be negative. "
                f"Received: alpha={alpha}, lambda_mmd={lambda_mmd}"
            )
        super().__init__(input_shape, latent_dim, beta=1.0 - alpha, **kwargs)
        self.alpha = float(alpha)
        self.lambda_mmd = float(lambda_mmd)

    def latent_terms(self, posterior, z, batch):
        """KL(q(z|x) ‖ p(z)), and MMD²(q(z), p(z))."""
        draws = noise.normal(ops.shape(z), self.noise_for(batch.training, z))  # N(0, I)
        # A draw weighs as the example in its place: of weight 0 there are none.
        weight = batch.sample_weight
        discrepancy = mmd(z, draws, x_weight=weight, y_weight=weight)
        return {
            **super().latent_terms(posterior, z, batch),
            "mmd_loss": discrepancy * ops.ones_like(weight),
        }

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return (*super().term_names, "mmd_loss")

    @property
    def term_weights(self):
        """1 − α weighs the KL, which `beta` holds; α + λ − 1 the MMD."""
        return {**super().term_weights, "mmd_loss": self.alpha + self.lambda_mmd - 1.0}

    def get_config(self):
        """The constructor's arguments."""
        config = super().get_config()
        del config["beta"]
        return {**config, "alpha": self.alpha, "lambda_mmd": self.lambda_mmd}
