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
        condition: the label as a model with a condition takes it, float32 `(batch, size)`; `None`
            of the others.
        training: whether the batch is of a training step, for the terms that draw noise.
    """

    x: Any
    target: Any
    label: Any
    sample_weight: Any
    entry_weight: Any = None
    condition: Any = None
    training: bool = False

    def target_beside(self, image):
        """The target, and where nothing is known of it what `image`, of its shape, has there."""
        if self.entry_weight is None:
            return self.target
        return ops.where(self.entry_weight > 0.0, self.target, image)

    def repeated(self, count):
        """Each example `count` times, one after the other."""
        parts = {
            name: keras.tree.map_structure(lambda part: ops.repeat(part, count, axis=0), whole)
            for name, whole in vars(self).items()
            if whole is not None and name != "training"
        }
        if self.target is self.x:
            parts["target"] = parts["x"]
        return dataclasses.replace(self, **parts)
