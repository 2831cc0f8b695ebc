"""The VAE with an inverse autoregressive flow in its posterior."""

from keras_genae.flows import AutoregressiveStep
from keras_genae.models.latents.flow_vae import FlowVAE
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_whole


@zoo_model(
    family="priors and posteriors",
    minimises="−log p(x|z) + beta · [log q(z₀|x) − Σ_k Σ_i log σ_ki − log p(z)]",
    use="posteriors with dependent units, many latents",
    paper="Kingma et al. 2016",
)
class IAFVAE(FlowVAE):
    """Let the units of the posterior depend on each other: an inverse autoregressive flow.

    z₀ ~ N(mean, diag(σ²)) of x; each step takes z to σ_k ∘ z + (1 − σ_k) ∘ m_k, where entry i of
    m_k and σ_k is made by a masked network of the entries before i and of the encoder's third
    output, the context; the order is turned round from step to step. Minimises, in nats per
    example, −log p(x|z) + beta · [log q(z₀|x) − Σ_k Σ_i log σ_ki − log p(z)], p(z) = N(0, I), at
    one draw.

    Choose it for tens of latents where a diagonal posterior costs nats: draws and their densities
    take one pass, whatever the number of latents.

    Its limits: those of `PlanarFlowVAE` (the density at own draws alone, no `free_bits`), and two
    hidden layers of `width` units a step. The networks here are dense, not the paper's
    convolutional ones, and there is one level of latents.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        length: steps of the flow; with 0 it is the `VAE`.
        width: units of each of the two hidden layers of a step.
        **kwargs: as in `PlanarFlowVAE`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    >>> model = IAFVAE((8,), latent_dim=3, length=2, width=16, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> model.encode(x).shape
    (64, 3)

    Reference:
        Kingma et al., "Improved Variational Inference with Inverse Autoregressive Flow", 2016.
    """

    def __init__(self, input_shape=None, latent_dim=None, length=2, width=128, **kwargs):
        self.width = check_whole("width", width)
        super().__init__(input_shape, latent_dim, length, **kwargs)

    def make_step(self, name):
        """z' = σ ∘ z + (1 − σ) ∘ m."""
        return AutoregressiveStep(self.latent_dim, self.latent_dim, self.width, name=name)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "width": self.width}
