"""The Poincaré ball: hyperbolic space, whose circles grow exponentially with their radius."""

import math

from keras import ops

# Points this near to the rim, 9.9 units of length from 0 at c = 1, are as far out as float32 tells
# apart by a thousandth of a unit.
RIM = 1e-4
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
        # ((1 + 2c·xᵀy + c‖y‖²)·x + (1 − c‖x‖²)·y) / (1 + 2c·xᵀy + c²‖x‖²‖y‖²), rearranged so that
        # near the rim nothing cancels.
        of_x, of_y = 1.0 - self.curvature * _squared(x), 1.0 - self.curvature * _squared(y)
        of_sum = self.curvature * _squared(x + y)
        return (of_x * (x + y) + of_sum * x) / (of_x * of_y + of_sum)

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
        share = ops.minimum(self.root * length, 1.0 - 2.5e-7)  # Two points on opposite rims.
        return difference * 2.0 * ops.arctanh(share) / (self.root * length)

    def step_to(self, z):
        """The step that `walk` takes from 0 to `z`; to a point outside, as far as to the rim.

        Near the rim a step changes with the last digits of the length of `z`. So the length of a
        point outside is not taken from one that has been moved inside, whose digits are rounded.
        """
        length = ops.sqrt(_squared(z) + TINY**2)
        share = ops.minimum(self.root * length, 1.0 - RIM)
        return z * 2.0 * ops.arctanh(share) / (self.root * length)

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
