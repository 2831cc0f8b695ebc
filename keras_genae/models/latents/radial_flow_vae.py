"""The VAE with radial flows in its posterior."""

from keras_genae.flows import RadialStep
from keras_genae.models.latents.flow_vae import FlowVAE
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="priors and posteriors",
    minimises="−log p(x|z) + beta · [log q(z₀|x) − Σ_k log |det ∂f_k/∂z| − log p(z)], radial f_k",
    use="posteriors that are not normal, few latents",
    paper="Rezende & Mohamed 2015",
)
class RadialFlowVAE(FlowVAE):
    """`PlanarFlowVAE` with radial steps: each pulls towards a point, or pushes away from it.

    f_k(z) = z + β(z − c) / (α + ‖z − c‖), with c, α and β of each step made of the encoder's third
    output, the context; everything else is as in `PlanarFlowVAE`: minimised is −log p(x|z) + beta ·
    [log q(z₀|x) − Σ_k log |det ∂f_k/∂z| − log p(z)], in nats per example, at one draw.

    Choose it where posteriors are peaked, ring-shaped or heavy-tailed rather than bent.

    Its limits: those of `PlanarFlowVAE`; and the larger `latent_dim`, the less of the mass lies
    near any point that a step could pull to.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        length: steps of the flow; with 0 it is the `VAE`.
        **kwargs: as in `PlanarFlowVAE`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    >>> model = RadialFlowVAE((8,), latent_dim=2, length=2, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> model.encode(x).shape
    (64, 2)

    Reference:
        Rezende & Mohamed, "Variational Inference with Normalizing Flows", 2015.
    """

    def make_step(self, name):
        """f(z) = z + β(z − c) / (α + ‖z − c‖)."""
        return RadialStep(self.latent_dim, self.latent_dim, name=name)
