"""The Poincaré ball: hyperbolic space, whose circles grow exponentially with their radius."""

import math

from keras import ops

# Points this near to the rim are as far out as float32 tells apart: 12 units of length at c = 1.
RIM = 1e-5
TINY = 1e-15


class PoincareBall:
    """Points of length below 1/√c, with the metric λ_z² = (2 / (1 − c‖z‖²))² times the Euclidean.

    Args:
        curvature: c > 0, the negative curvature; towards 0 the space becomes flat.

    Reference:
        Ganea, Bécigneul & Hofmann, "Hyperbolic Neural Networks", 2018.
    """

    def __init__(self, curvature=1.0):
        self.root = math.sqrt(curvature)
        self.curvature = curvature

    def scale(self, z):
        """λ_z, `(..., 1)`."""
        return 2.0 / (1.0 - self.curvature * _squared(z))

    def inside(self, z):
        """`z` itself, or the point below it just within the rim."""
        most = (1.0 - RIM) / self.root
        length = ops.sqrt(_squared(z) + TINY**2)
        return z * ops.minimum(1.0, most / length)

    def add(self, x, y):
        """Möbius addition x ⊕ y, which takes 0 to x as a translation does."""
        product = 2.0 * self.curvature * ops.sum(x * y, axis=-1, keepdims=True)
        of_x, of_y = self.curvature * _squared(x), self.curvature * _squared(y)
        above = (1.0 + product + of_y) * x + (1.0 - of_x) * y
        return above / (1.0 + product + of_x * of_y)

    def walk(self, start, step):
        """The point reached from `start` on the straightest line, a length of ‖step‖ away.

        exp_start(step / λ_start): the length of a step is that of the space, wherever it starts.
        """
        length = ops.sqrt(_squared(step) + TINY**2)
        # tanh(√c·length / 2) / √c in the step's direction.
        step = step * ops.tanh(0.5 * self.root * length) / (self.root * length)
        return self.inside(self.add(start, step))

    def steps(self, start, end):
        """The step that `walk` takes from `start` to `end`: λ_start · log_start(end)."""
        difference = self.add(-start, end)
        length = ops.sqrt(_squared(difference) + TINY**2)
        share = ops.minimum(self.root * length, 1.0 - 0.1 * RIM)
        return difference * 2.0 * ops.arctanh(share) / (self.root * length)

    def log_spread(self, length, latent_dim):
        """How much wider a sphere of a radius is than in flat space, log, for each `(..., 1)`.

        (d − 1) · log(sinh(√c·r) / (√c·r)).
        """
        # Near 0 the quotient is 1, and its two ends are rounded.
        r = ops.maximum(self.root * length, 1e-4)
        log_sinh = r + ops.log1p(-ops.exp(-2.0 * r)) - math.log(2.0)
        return (latent_dim - 1) * (log_sinh - ops.log(r))


def _squared(z):
    return ops.sum(ops.square(z), axis=-1, keepdims=True)
