"""The VAE whose codes are directions."""

from keras import ops

from keras_genae.distributions import UniformSphere, VonMisesFisher
from keras_genae.distributions.curved.uniform_sphere import on_sphere
from keras_genae.models.vae import VAE
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_whole
from keras_genae.priors.curved.uniform_sphere import UniformSpherePrior


@zoo_model(
    family="priors and posteriors",
    minimises="−log p(x|z) + beta · KL(vMF(μ, κ) ‖ uniform on the sphere)",
    use="data that are directions or go round, clusters, few latents",
    paper="Davidson et al. 2018",
)
class HypersphericalVAE(VAE):
    """Put the codes on a sphere: a prior without a middle that all codes would be drawn to.

    Minimises −log p(x|z) + beta · KL(q(z|x) ‖ p(z)), in nats per example, with the von Mises–Fisher
    posterior q(z|x) ∝ exp(κ μᵀz) on the unit sphere of `latent_dim` entries, μ and κ of x, and the
    uniform prior p(z). The KL, κ·I_{m/2}(κ)/I_{m/2−1}(κ) + log C(κ) + log area, is in closed form;
    draws and their gradients are exact, without the correction term of rejection sampling.

    `encode` gives μ, of length 1. `decode` takes directions: any other vector counts as the point
    of the sphere below it, so that paths between codes go over the sphere. The paper's d, the
    dimension of the sphere, is `latent_dim` − 1.

    Choose it for angles, cycles, and directions of embeddings; or where N(0, I) crowds clusters
    into the middle, up to about 10 latents.

    Its limits: one κ for all directions. The area of the sphere, and with it what the prior tells,
    shrinks above some 20 latents, where the normal VAE does better, as the paper found. No units,
    so no `free_bits` and no KL of each; `sample` knows no temperature. Up to κ of about 10⁴ in
    float32.

    Args:
        input_shape: as in `Autoencoder`.
        latent_dim: entries of a code, at least 2.
        **kwargs: `beta` of `VAE`, and the other arguments of `Autoencoder`. An encoder of one's own
            has two outputs `(batch, latent_dim)`: a vector in the direction μ, and one whose sum is
            a, κ = softplus(a).

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> angle = np.random.default_rng(0).uniform(0, 2 * np.pi, 64)
    >>> x = np.stack([np.cos(angle), np.sin(angle), np.cos(2 * angle)], axis=1).astype("float32")
    >>> model = HypersphericalVAE((3,), latent_dim=2, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> bool(np.allclose(np.linalg.norm(model.encode(x), axis=1), 1.0, atol=1e-5))
    True

    References:
        Davidson et al., "Hyperspherical Variational Auto-Encoders", 2018.
    """

    HEADS = ("mean", "concentration")
    WHITENS = False
    KL_IS_OF_UNITS = False

    def __init__(self, input_shape=None, latent_dim=None, **kwargs):
        if latent_dim is not None:
            latent_dim = check_whole("latent_dim", latent_dim, smallest=2)
        super().__init__(input_shape, latent_dim, **kwargs)

    def heads(self, x, training=False):
        """μ, of length 1, and κ, `(batch, 1)`."""
        direction, concentration = super(VAE, self).heads(x, training)
        # An encoder of zeros points somewhere too, with a gradient that is not too steep.
        direction = direction + 1e-3 * ops.one_hot(0, self.latent_dim)
        kappa = ops.softplus(ops.sum(concentration, axis=-1, keepdims=True))
        return on_sphere(direction), kappa

    def posterior_of(self, mean, kappa):
        """q(z|x) = vMF(μ, κ)."""
        return VonMisesFisher(mean, kappa)

    @property
    def prior(self):
        """p(z), uniform on the sphere."""
        return UniformSphere(self.latent_dim)

    def raw(self, z, training=False):
        """The decoder's output for directions."""
        return super().raw(on_sphere(z), training)

    def own_density(self):
        """The uniform density on the sphere."""
        return UniformSpherePrior(self.latent_dim)
