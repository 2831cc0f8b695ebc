"""The VAE with planar flows in its posterior."""

from keras_genae.flows import PlanarStep
from keras_genae.models.latents.flow_vae import FlowVAE
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="priors and posteriors",
    minimises="−log p(x|z) + beta · [log q(z₀|x) − Σ_k log |det ∂f_k/∂z| − log p(z)], planar f_k",
    use="posteriors that are not normal, few latents",
    paper="Rezende & Mohamed 2015",
)
class PlanarFlowVAE(FlowVAE):
    """Let the posterior be more than a normal distribution: a flow of K planar steps bends it.

    z₀ ~ N(mean, diag(σ²)) of x, z = f_K(… f_1(z₀)), f_k(z) = z + u·tanh(wᵀz + b), with w, u and b
    of each step linear in the encoder's third output, the context. Minimises, in nats per example,
    −log p(x|z) + beta · [log q(z₀|x) − Σ_k log |det ∂f_k/∂z| − log p(z)], p(z) = N(0, I), at one
    draw. `encode` gives the image of the mean of z₀, which is not quite the mean of q(z|x).

    Choose it where the posterior of few latents is bent, or has two modes, and the ELBO suffers.

    Its limits: a planar step bends along one direction only, so that many latents need many steps:
    `IAFVAE` moves all at once. The density is known at the model's own draws alone, so that what
    compares posteriors (`mutual_information`, KL of units, `free_bits`) is refused. The gain in
    nats is small for powerful decoders.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        length: K, steps of the flow; with 0 it is the `VAE`.
        **kwargs: `beta` of `VAE`, and the other arguments of `Autoencoder`. An encoder of one's own
            has three outputs: mean, log σ² and the context.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    >>> model = PlanarFlowVAE((8,), latent_dim=2, length=2, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> model.encode(x).shape, model.sample(3, seed=0).shape
    ((64, 2), (3, 8))

    Reference:
        Rezende & Mohamed, "Variational Inference with Normalizing Flows", 2015.
    """

    def make_step(self, name):
        """f(z) = z + u·tanh(wᵀz + b)."""
        return PlanarStep(self.latent_dim, self.latent_dim, name=name)
