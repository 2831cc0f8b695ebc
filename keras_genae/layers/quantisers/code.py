"""What a quantiser makes of an encoder's output."""

import dataclasses
from typing import Any

from keras import ops


@dataclasses.dataclass
class Code:
    """Vectors and the discrete values that stand for them; it takes the place of a posterior.

    Attributes:
        indices: int32 `(batch, ...)`, what is kept of the vectors.
        z: float32 `(batch, ..., dim)`, what the decoder is given, the gradient of the encoder's
            output with it.
        encoded: what was quantised, of the shape of `quantised`.
        quantised: what was put in its place, with the gradient of the codebook.
    """

    indices: Any
    z: Any
    encoded: Any
    quantised: Any

    @property
    def mean(self):
        """There is nothing random in it: z."""
        return self.z

    @property
    def distances(self):
        """‖encoded − quantised‖², `(batch, ...)`."""
        return ops.sum(ops.square(self.encoded - self.quantised), axis=-1)

    def sample(self, seed=None):
        """z."""
        return self.z


def straight_through(encoded, quantised):
    """`quantised` in value, bit for bit, with the gradient of `encoded`.

    Reference:
        Bengio et al., "Estimating or Propagating Gradients Through Stochastic Neurons", 2013.
    """
    return ops.stop_gradient(quantised) + (encoded - ops.stop_gradient(encoded))
