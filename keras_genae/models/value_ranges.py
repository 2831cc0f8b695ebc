"""Which values the entries of data may have."""

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Values:
    """Finite numbers between two bounds.

    Attributes:
        lowest, highest: the bounds, which may be infinite.
        step: what all are multiples of; `None`: anything.
        are_counts: whether they come as whole numbers of any dtype, and mean themselves.
    """

    lowest: float = -math.inf
    highest: float = math.inf
    step: float | None = None
    are_counts: bool = False

    def with_noise(self):
        """The same with noise added, which may carry them out of their range."""
        # Images with noise leave [0, 1]; images of 0–255 leave this range as well.
        bounds = (-10.0, 11.0) if self.highest == 1.0 else (-math.inf, math.inf)
        return dataclasses.replace(self, lowest=bounds[0], highest=bounds[1], step=None)


ANY = Values()
UNIT = Values(0.0, 1.0)
LEVELS = Values(0.0, 1.0, step=1.0 / 255.0)
COUNTS = Values(0.0, step=1.0, are_counts=True)
