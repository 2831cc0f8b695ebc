"""What fires a feature."""

import dataclasses

import numpy as np


@dataclasses.dataclass
class Explanation:
    """The inputs that fire a feature most, the strongest first.

    Attributes:
        feature: its index.
        inputs: indices of the inputs, int `(count,)`.
        positions: where in each input, int `(count, axes)`: row and column of a map; of vectors
            without axes.
        strengths: the feature's activations there, float32 `(count,)`, all above 0.
        map_shape: the shape of the map that the positions lie in; `()` of vectors.
    """

    feature: int
    inputs: np.ndarray
    positions: np.ndarray
    strengths: np.ndarray
    map_shape: tuple = ()

    @classmethod
    def of(cls, feature, activations, count, map_shape):
        """Choose the strongest inputs.

        Args:
            feature: its index.
            activations: of the feature, `(inputs, positions)`.
            count: how many inputs at most.
            map_shape: the shape that the positions of an input make.

        Returns:
            An `Explanation`, of fewer inputs where fewer fire the feature.
        """
        place = activations.argmax(axis=1)  # Each input counts once, by its strongest position.
        strengths = activations[np.arange(len(activations)), place]
        inputs = np.argsort(-strengths, kind="stable")[:count]
        inputs = inputs[strengths[inputs] > 0]
        positions = np.zeros((len(inputs), 0), int)
        if map_shape:
            positions = np.stack(np.unravel_index(place[inputs], map_shape), axis=-1)
        return cls(int(feature), inputs, positions, strengths[inputs], tuple(map_shape))
