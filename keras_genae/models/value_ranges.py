"""Which values the entries of data may have."""

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Values:
    """Finite numbers between two bounds.

    Attributes:
        lowest, highest: the bounds, which may be infinite.
    """

    lowest: float = -math.inf
    highest: float = math.inf


ANY = Values()
UNIT = Values(0.0, 1.0)
# Images with noise added leave [0, 1]; images of 0–255 leave this range as well.
NOISY = Values(-10.0, 11.0)
