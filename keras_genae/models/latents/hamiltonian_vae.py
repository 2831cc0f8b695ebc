"""The VAE whose posteriors follow the gradient of log p(x, z)."""

import math

import keras
from keras import ops

from keras_genae.distributions import DiagonalNormal
from keras_genae.flows import HamiltonianPosterior
from keras_genae.flows.leapfrog import quadratic_tempering
from keras_genae.models.vae import VAE
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_whole
from keras_genae.training.backend import gradient


@zoo_model(
    family="priors and posteriors",
    minimises="−log p(x|z_K) + beta · [log q(z₀|x) + log N(γ) − log N(ρ_K) − log p(z_K)], leapfrog",
    use="posteriors nearer to the true one, without a network for it",
    paper="Caterini et al. 2018",
)
class HamiltonianVAE(VAE):
    """Let the decoder itself tell where the posterior is: a few steps along ∇ log p(x, z).

    z₀ ~ N(mean, diag(σ²)) of x and a momentum ρ₀ = γ / √β₀, γ ~ N(0, I), are taken through K
    leapfrog steps of Hamiltonian Monte Carlo, without its accepting and rejecting,

        ρ̃ = ρ + ½ ε ∘ ∇ log p(x, z),   z ← z + ε ∘ ρ̃,
        ρ ← √(β_{k−1} / β_k) · (ρ̃ + ½ ε ∘ ∇ log p(x, z)),   1/√β_k = (1 − 1/√β₀) · k²/K² + 1/√β₀,

    to z_K, which is decoded, and ρ_K. Minimises, in nats per example, −log p(x|z_K) + beta ·
    [log q(z₀|x) + log N(γ; 0, I) − log N(ρ_K; 0, I) − log p(z_K)], p(z) = N(0, I): at beta = 1 in
    expectation a bound of −log p(x). The steps keep volumes, and what tempering does to them
    cancels the width of ρ₀. ε, one for each unit, and β₀ are learned. `encode` gives where the
    steps lead from the mean of z₀, at rest.

    Choose it where log p(x) counts, the encoder is small or the posteriors are of no simple form.
    ε is in units of the encoder's σ, so that it suits any scale of the errors; the paper's is the
    same number for all x.

    Its limits: each pass, those of `encode` too, takes K + 1 gradients of the decoder; a step of
    training takes about twice as long with K = 3. The bound pays for ρ as well: where the encoder's
    normal posteriors are nearly right, nothing is gained. Longer steps than the default overshoot
    while a σ that is fitted to the errors still falls. `kl_loss` counts z and ρ together, and the
    density is known at the model's own draws alone: no `free_bits`, no KL of units. The steps see
    x and the decoder as in evaluation: an input that is spoilt or incomplete misleads them as it
    misleads the encoder.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        length: K, leapfrog steps; with 0 it is the `VAE`.
        step_size: ε at first, in units of σ.
        largest_step: ε stays below it. A gradient that would carry z further in a step than its
            momentum does is shortened, so that the steps do not blow up.
        tempering: β₀ at first, above 0 and below 1; the smaller, the hotter the start.
        **kwargs: `beta` of `VAE`, and the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    >>> model = HamiltonianVAE((8,), latent_dim=2, length=2, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> model.encode(x).shape, model.sample(3, seed=0).shape
    ((64, 2), (3, 8))

    Reference:
        Caterini, Doucet & Sejdinovic, "Hamiltonian Variational Auto-Encoder", 2018.
    """

    WHITENS = False
    KL_IS_OF_UNITS = False

    def __init__(
        self,
        input_shape=None,
        latent_dim=None,
        length=3,
        step_size=0.1,
        largest_step=0.5,
        tempering=0.5,
        **kwargs,
    ):
        self.length = check_whole("length", length, smallest=0)
        self.largest_step = check_below("largest_step", largest_step, math.inf)
        self.step_size = check_below("step_size", step_size, largest_step)
        self.tempering = check_below("tempering", tempering, 1.0)
        super().__init__(input_shape, latent_dim, **kwargs)
        if self.length:
            share = self.step_size / self.largest_step
            self.step_weight = self.share_weight("step", (self.latent_dim,), share)
            self.tempering_weight = self.share_weight("tempering", (), self.tempering)

    def share_weight(self, name, shape, start):
        """A weight whose sigmoid is `start` at first."""
        start = keras.initializers.Constant(math.log(start / (1.0 - start)))
        return self.add_weight(name=name, shape=shape, initializer=start, dtype="float32")

    @property
    def step(self):
        """ε, `(latent_dim,)`."""
        return self.largest_step * ops.sigmoid(self.step_weight)

    @property
    def beta_0(self):
        """β₀."""
        return ops.sigmoid(self.tempering_weight)

    def heads(self, x, training=False):
        """Mean and log σ² of q(z₀|x), and x, which the steps ask the decoder for."""
        mean, log_var = super().heads(x, training)
        return (mean, log_var, x) if self.length else (mean, log_var)

    def posterior_of(self, mean, log_var, *x):
        """q(z|x): a normal distribution, carried on by the steps."""
        base = DiagonalNormal(mean, log_var)
        if not x:
            return base
        root_betas = quadratic_tempering(self.beta_0, self.length)
        return HamiltonianPosterior(base, self.force_of(*x), self.step, root_betas, *x)

    def force_of(self, x):
        """∇ log p(x, z), a function of z."""
        # Of the mean over the entries of x: what is small enough to go through half precision.
        entries = math.prod(self.input_shape)
        return lambda z: entries * gradient(lambda z: self.log_joint(x, z) / entries, z)

    def log_joint(self, x, z):
        """log p(x, z) = log p(x|z) + log p(z), `(batch,)`, in nats."""
        return self.likelihood(self.raw(z)).log_prob(x) + self.prior.log_prob(z)

    def get_config(self):
        """The constructor's arguments."""
        names = ("length", "step_size", "largest_step", "tempering")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def check_below(name, value, bound):
    """`value` where it is above 0 and below its bound."""
    if not 0.0 < value < bound:
        raise ValueError(f"`{name}` must be above 0 and below {bound}. Received: {name}={value!r}")
    return float(value)
