"""Posteriors that follow the gradient of log p(x, z)."""

from keras import ops

from keras_genae import noise
from keras_genae.distributions import DiagonalNormal
from keras_genae.flows.flow_posterior import FlowPosterior
from keras_genae.flows.leapfrog import leapfrog


class HamiltonianPosterior(FlowPosterior):
    """q(z|x) of z = z_K, where leapfrog steps carry z₀ from a normal distribution.

        z₀ ~ N(mean, diag(σ²)),   γ ~ N(0, I),   ρ₀ = γ / √β₀,   (z_K, ρ_K) = leapfrog(z₀, ρ₀)
        log q(z_K, ρ_K|x) = log q(z₀|x) + log N(γ; 0, I)

    as the β₀^{−d/2} by which ρ₀ is wider than γ is what tempering takes back. Of z alone the
    density is not known. With N(0, I) for the density of ρ_K wherever z_K is, `log_prob` is

        log q(z_K, ρ_K|x) − log N(ρ_K; 0, I),

    whose use in place of log q(z|x) leaves exp(log p(x, z) − log q) an unbiased estimate of p(x),
    and its logarithm in expectation a bound of log p(x).

    Args:
        base: q(z₀|x), a `DiagonalNormal`.
        force: a function of z, the gradient of log p(x, z).
        step: ε, in units of σ, `(latent_dim,)`.
        root_betas: √β₀ … √β_K, from `quadratic_tempering`.
        x: the examples, `(batch, ...)`, which tell posteriors apart beside the base.

    Reference:
        Caterini, Doucet & Sejdinovic, "Hamiltonian Variational Auto-Encoder", 2018.
    """

    def __init__(self, base, force, step, root_betas, x):
        super().__init__(base, (), x)
        self.force = force
        self.step = step
        self.root_betas = root_betas

    def sample_and_log_prob(self, seed=None):
        """See `FlowPosterior`; `log_prob` is that of the class."""
        *batch, latent_dim = ops.shape(self.base.mean)
        # One draw for both: of an int for a seed the second would be the first again.
        both = noise.normal((*batch, 2 * latent_dim), seed)
        epsilon, gamma = both[..., :latent_dim], both[..., latent_dim:]
        return self.carry(ops.cast(self.base.mean, "float32") + self.base.stddev * epsilon, gamma)

    def carry(self, z, gamma=0.0):
        """Take all steps from a draw of the base with γ, by default from rest."""
        standard = DiagonalNormal.standard(z.shape[-1])
        gamma = gamma + ops.zeros_like(z)
        log_prob = self.base.log_prob(z) + standard.log_prob(gamma)  # log q(z_K, ρ_K|x)
        momentum = gamma / self.root_betas[0]  # ρ₀
        step = self.step * self.base.stddev
        force = limited(self.force, step)
        z, momentum = leapfrog(z, momentum, force, step, self.root_betas)
        log_prob = log_prob - standard.log_prob(momentum)
        self.known.append((z, log_prob))
        return z, log_prob


def limited(force, step):
    """The force F, held to a length at which a step ε ∘ F is about as long as a momentum is wide.

    F / √(1 + mean (ε ∘ F)²). Where errors are priced high, far from the data, the gradient of
    log p(x, z) would throw z out of all that the decoder knows. Leapfrog steps keep volumes with
    any function of z for a force, so that the bound stays one.

    Args:
        force: F, a function of z.
        step: ε, of the shape of z.
    """

    def held(z):
        push = force(z)
        return push / ops.sqrt(1.0 + ops.mean(ops.square(step * push), axis=-1, keepdims=True))

    return held
