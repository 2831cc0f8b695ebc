"""Independent distributions over the parts of a vector."""

from keras import ops


class Joint:
    """Independent parts, one behind the other along the last axis.

    Args:
        *parts: distributions with a `mean`, `sample(seed)` and `kl(prior)`.

    Example:

    >>> import numpy as np
    >>> from keras_genae.distributions import DiagonalNormal, RelaxedCategorical
    >>> normal = DiagonalNormal(np.zeros((1, 2)), np.zeros((1, 2)))
    >>> np.array(Joint(normal, RelaxedCategorical(np.zeros((1, 2)))).mean).tolist()
    [[0.0, 0.0, 0.5, 0.5]]
    """

    def __init__(self, *parts):
        self.parts = parts

    @property
    def parameters(self):
        """What tells posteriors apart: the parameters of all parts, a tuple."""
        return tuple(value for part in self.parts for value in part.parameters)

    @property
    def mean(self):
        """The means of the parts, float32."""
        return self.joined([part.mean for part in self.parts])

    def sample(self, seed=None):
        """One draw of each part, float32; `seed` as in `DiagonalNormal`."""
        return self.joined([part.sample(seed) for part in self.parts])

    def has_kl(self, prior):
        """Whether the KL divergence to `prior` has a closed form: where it has the same parts."""
        return isinstance(prior, Joint)

    def kl(self, prior):
        """KL(self ‖ prior) in nats: the sum over the parts, those of `prior` in the same order."""
        pairs = zip(self.parts, prior.parts, strict=True)
        return sum(part.kl(other) for part, other in pairs)

    @staticmethod
    def joined(values):
        """Values of the parts, one behind the other."""
        return ops.concatenate([ops.cast(value, "float32") for value in values], axis=-1)
