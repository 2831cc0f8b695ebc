"""A code of which few entries are on."""

from keras_genae.distributions import Point


class SparseCode(Point):
    """The code, and what it was made of.

    Args:
        mean: the code, float32 `(batch, features)`, 0 where a feature does not fire.
        pre: what decides which features fire, the higher the more, float32 `(batch, features)`.
    """

    def __init__(self, mean, pre):
        super().__init__(mean)
        self.pre = pre
