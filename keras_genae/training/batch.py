"""One batch, as the loss terms see it."""

import dataclasses
from typing import Any

import keras
from keras import ops


@dataclasses.dataclass
class Batch:
    """What one step works on.

    Attributes:
        x: what the encoder sees, float32 `(batch, *input_shape)`, images in [0, 1].
        target: what the decoder is to give back, of the same shape; `x` itself unless the data
            came as pairs.
        label: `y` where it is not a target (a class, an attribute), else `None`.
        sample_weight: float32 `(batch,)`, ones where none was given.
        entry_weight: weights of the entries of the target, float32, of its shape or with one
            channel; `None` where all weigh the same. Where it is 0, nothing is known of the target.
    """

    x: Any
    target: Any
    label: Any
    sample_weight: Any
    entry_weight: Any = None

    def repeated(self, count):
        """Each example `count` times, one after the other."""

        def repeat(part):
            return None if part is None else ops.repeat(part, count, axis=0)

        x = repeat(self.x)
        return Batch(
            x=x,
            target=x if self.target is self.x else repeat(self.target),
            label=keras.tree.map_structure(repeat, self.label),
            sample_weight=repeat(self.sample_weight),
            entry_weight=repeat(self.entry_weight),
        )
