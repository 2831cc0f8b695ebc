"""The von Mises–Fisher distribution: posteriors on a sphere."""

import numpy as np
from keras import ops

from keras_genae import noise
from keras_genae.distributions.curved.bessel import log_bessel_and_ratio
from keras_genae.distributions.curved.uniform_sphere import UniformSphere, on_sphere

# Wood's proposals are accepted with a probability of about two thirds or more, whatever κ and the
# dimension: all of so many are refused once in 10⁷ draws, and then the first is taken.
PROPOSALS = 16
# Nodes of the integral in the gradient of the angle.
NODES, WEIGHTS = np.polynomial.legendre.leggauss(32)


class VonMisesFisher:
    """Directions around `mean`, the closer the larger κ: density C(κ)·exp(κ·meanᵀz) on the sphere.

    With m entries, C(κ) = κ^(m/2−1) / ((2π)^(m/2)·I_{m/2−1}(κ)); at κ = 0 it is uniform.

    `sample` draws exactly (but for one in 10⁷), by Wood's rejection sampling with a fixed number of
    proposals. The gradient of a draw is exact as well: it moves along its great circle so that its
    place in the distribution of the angle stays, as in a draw by the inverse of that distribution.

    Args:
        mean: unit vectors, a float tensor or array `(..., m)`, m ≥ 2.
        kappa: κ ≥ 0, `(..., 1)`.

    Example:

    >>> import numpy as np
    >>> vmf = VonMisesFisher(mean=np.array([[0.0, 0.0, 1.0]]), kappa=np.array([[2.0]]))
    >>> round(float(vmf.kl(UniformSphere(3))[0]), 4)     # κ·coth κ − 1 + log(κ / sinh κ)
    0.4794

    References:
        Davidson et al., "Hyperspherical Variational Auto-Encoders", 2018;
        Wood, "Simulation of the von Mises Fisher Distribution", 1994;
        Figurnov et al., "Implicit Reparameterization Gradients", 2018.
    """

    def __init__(self, mean, kappa):
        self.mean = mean
        self.kappa = kappa

    @property
    def parameters(self):
        """What tells posteriors apart, a tuple: `VonMisesFisher(*parameters)` is the same one."""
        return self.mean, self.kappa

    @property
    def order(self):
        """ν = m/2 − 1, the order of the Bessel function."""
        return 0.5 * self.mean.shape[-1] - 1.0

    def log_prob(self, z):
        """log density per area at unit vectors `z`, `(..., m)`, in nats: `(...)`."""
        mean, kappa = ops.cast(self.mean, "float32"), ops.cast(self.kappa, "float32")[..., 0]
        scaled, _ = log_bessel_and_ratio(self.order, kappa)
        # κ·(meanᵀz − 1), of unit vectors, whose product would be rounded where they are near.
        product = -0.5 * kappa * ops.sum(ops.square(ops.cast(z, "float32") - mean), axis=-1)
        return product + scaled - UniformSphere(mean.shape[-1]).log_area

    def has_kl(self, prior):
        """Whether the KL divergence to `prior` has a closed form: to the uniform distribution."""
        return isinstance(prior, UniformSphere)

    def kl(self, prior):
        """KL(self ‖ uniform) in nats, `(...)`: κ·I_{m/2}(κ)/I_{m/2−1}(κ) + log C(κ) + log area."""
        kappa = ops.cast(self.kappa, "float32")[..., 0]
        scaled, rest = log_bessel_and_ratio(self.order, kappa)
        # Rounding may leave it below zero by as little.
        return ops.relu(scaled - rest)

    def sample(self, seed=None):
        """One draw each, float32 of the shape of `mean`, with gradients to mean and κ.

        Args:
            seed: an int, a `keras.random.SeedGenerator`, or `keras_genae.noise.ExampleSeeds`.
        """
        mean, kappa = ops.cast(self.mean, "float32"), ops.cast(self.kappa, "float32")
        if isinstance(seed, int):
            seed = noise.ExampleSeeds(ops.arange(ops.shape(mean)[0]), seed)
        angle = self.angle(kappa, seed, mean.shape[-1], ops.shape(mean)[0])
        # A direction from the mean, all alike: what is left of normal noise beside it.
        aside = noise.normal(ops.shape(mean), seed)
        for _ in range(2):  # What rounding left along the mean, where little lay beside it.
            aside = on_sphere(aside - ops.sum(aside * mean, axis=-1, keepdims=True) * mean)
        return ops.cos(angle) * mean + ops.sin(angle) * aside

    def angle(self, kappa, seed, m, count):
        """The angles of draws to their means, `(batch, 1)`, with their gradient to κ."""
        fixed = ops.stop_gradient(kappa)
        angle = ops.stop_gradient(draw_angle(fixed, seed, m, count))
        slope = ops.stop_gradient(angle_slope(angle, fixed, m))
        return angle + slope * (kappa - fixed)


def draw_angle(kappa, seed, m, count):
    """Angles θ with density ∝ exp(κ·cos θ)·sin^(m−2) θ, `(batch, 1)`, for κ `(batch, 1)`."""
    # The first entry of uniform directions: (1 + first) / 2 is from Beta((m−1)/2, (m−1)/2).
    normal = noise.normal((count, PROPOSALS, m), seed)
    uniform = noise.uniform((count, PROPOSALS), seed)
    share = 0.5 * (1.0 + normal[..., 0] / ops.sqrt(ops.sum(ops.square(normal), axis=-1)))
    # Wood's algorithm VM*, with w, its proposal for cos θ, and x₀ written as 1 − w and 1 − x₀,
    # which are small where κ is large.
    b = (m - 1.0) / (2.0 * kappa + ops.sqrt(4.0 * ops.square(kappa) + (m - 1.0) ** 2))
    below = 2.0 * b * share / (1.0 - share + b * share)  # 1 − w
    below_0 = 2.0 * b / (1.0 + b)  # 1 − x₀
    ratio = (below_0 + (1.0 - below_0) * below) / (below_0 * (2.0 - below_0))
    log_accept = kappa * (below_0 - below) + (m - 1.0) * ops.log(ratio)
    is_accepted = log_accept >= ops.log(uniform)
    first = ops.argmax(ops.cast(is_accepted, "int32"), axis=1)[:, None]
    below = ops.clip(ops.take_along_axis(below, first, axis=1), 0.0, 2.0)
    return 2.0 * ops.arcsin(ops.sqrt(0.5 * below))


def angle_slope(angle, kappa, m):
    """dθ/dκ at which θ keeps its place in its distribution, `(batch, 1)`.

    With the density q(θ) ∝ exp(κ·cos θ)·sin^(m−2) θ and A = E[cos θ] it is
    −∫₀^θ (cos φ − A)·q(φ)/q(θ) dφ.
    """
    _, rest = log_bessel_and_ratio(0.5 * m - 1.0, kappa)
    lack = (rest + 1e-20) / (kappa + 1e-20)  # 1 − A, and 1 at κ = 0.
    angle = ops.clip(angle, 1e-6, np.pi - 1e-4)
    nodes = ops.cast(0.5 * (NODES + 1.0), "float32") * angle  # (batch, nodes)
    # cos φ − cos θ = 2·sin((θ+φ)/2)·sin((θ−φ)/2), without a difference of near numbers.
    rise = 2.0 * ops.sin(0.5 * (angle + nodes)) * ops.sin(0.5 * (angle - nodes))
    log_ratio = kappa * rise + (m - 2.0) * (ops.log(ops.sin(nodes)) - ops.log(ops.sin(angle)))
    # cos φ − A = (1 − A) − (1 − cos φ).
    off = lack - 2.0 * ops.square(ops.sin(0.5 * nodes))
    weights = ops.cast(0.5 * WEIGHTS, "float32") * angle
    return -ops.sum(weights * off * ops.exp(log_ratio), axis=-1, keepdims=True)
