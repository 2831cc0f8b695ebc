"""The VAE whose codes lie in hyperbolic space."""

import math

from keras import ops

from keras_genae.distributions import PoincareBall, WrappedNormal
from keras_genae.distributions.real.log_variance import bounded
from keras_genae.models.vae import VAE
from keras_genae.models.zoo import zoo_model
from keras_genae.priors.curved.wrapped_normal import WrappedNormalPrior

# log σ² of the posterior. Nearer to the mean than σ = 0.001 float32 cannot tell points at the rim
# apart; draws wider than the prior's are held at the rim. Of neither does the density at the point
# say how it was drawn, and training would live on the difference.
LOG_VARS = (-14.0, 1.0)


@zoo_model(
    family="priors and posteriors",
    minimises="−log p(x|z) + beta · [log q(z|x) − log p(z)], wrapped normals on the Poincaré ball",
    use="hierarchies, maps of trees in two latents",
    paper="Mathieu et al. 2019",
)
class PoincareVAE(VAE):
    """Put the codes into hyperbolic space, which has room for trees.

    Codes are points of the Poincaré ball, of length below 1/√c. Minimises −log p(x|z) + beta ·
    [log q(z|x) − log p(z)], in nats per example, at one draw, with the wrapped normal posterior
    z = exp_μ(v / λ_μ), v ~ N(0, diag(σ²)), and the prior of the same kind around 0 with σ = 1.
    The encoder's first output is the step from 0 to μ, and the decoder takes the step from 0 to z,
    any vector: as c falls to 0 the model becomes the `VAE`.

    Choose it where data branch (taxonomies, lineages, generations): with two latents the middle
    holds what is common, the rim what is special, and `encode` is a map that can be drawn.

    Its limits: data without a hierarchy gain nothing. Codes further than 9.9/√c from the middle are
    held just within the rim, where float32 ends; σ is held between 0.001 and 1.6. Decoders begin
    with the logarithm at 0, not with the paper's layer of gyroplanes. Straight paths of
    `interpolate` are straight in the ball's coordinates, not in its metric. No `free_bits`, and no
    KL of single units.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        curvature: c > 0; the prior spans the more branches the larger it is.
        **kwargs: `beta` of `VAE`, and the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    >>> model = PoincareVAE((8,), latent_dim=2, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> bool((np.linalg.norm(model.encode(x), axis=1) < 1.0).all())
    True

    Reference:
        Mathieu et al., "Continuous Hierarchical Representations with Poincaré Variational
        Auto-Encoders", 2019.
    """

    WHITENS = False
    KL_IS_OF_UNITS = False

    def __init__(self, input_shape=None, latent_dim=None, curvature=1.0, **kwargs):
        if not 0.0 < curvature < math.inf:
            raise ValueError(
                f"`curvature` must be a number above 0. Received: curvature={curvature!r}"
            )
        self.curvature = float(curvature)
        super().__init__(input_shape, latent_dim, **kwargs)
        self.ball = PoincareBall(self.curvature)

    def heads(self, x, training=False):
        """μ, in the ball, and log σ², within its bounds."""
        step, log_var = super().heads(x, training)
        return self.ball.walk(ops.zeros_like(step), step), held(log_var)

    def posterior_of(self, mean, log_var):
        """q(z|x), the wrapped normal around μ."""
        return WrappedNormal(self.ball, mean, log_var)

    @property
    def prior(self):
        """p(z), the wrapped normal around 0 with σ = 1."""
        zeros = ops.zeros((self.latent_dim,))
        return WrappedNormal(self.ball, zeros, zeros)

    def raw(self, z, training=False):
        """The decoder's output for points of the ball."""
        return super().raw(self.ball.step_to(z), training)

    def own_density(self):
        """The wrapped normal around 0."""
        return WrappedNormalPrior(self.latent_dim, self.curvature)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "curvature": self.curvature}


def held(log_var):
    """log σ² within its bounds, smoothly."""
    middle, half = sum(LOG_VARS) / 2.0, (LOG_VARS[1] - LOG_VARS[0]) / 2.0
    return middle + bounded(log_var - middle, half)
