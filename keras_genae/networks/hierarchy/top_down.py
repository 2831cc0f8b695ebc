"""The decoder of a hierarchy of codes."""

import dataclasses
from typing import Any

import keras


@dataclasses.dataclass
class Descent:
    """One way down through the levels of a hierarchy; lists begin at the top.

    Attributes:
        z: the code of each level, a list of tensors.
        priors: p(z_i|z above) of each level.
        posteriors: q(z_i|x, z above) of each level; `None` without x.
        h: what the levels have left, of which the output is made.
    """

    z: list
    priors: list
    posteriors: list
    h: Any


@keras.saving.register_keras_serializable(package="keras_genae")
class TopDown(keras.Model):
    """The levels of a hierarchy, from the top down, and what turns the last of them into data.

    Called with codes, a list with one tensor a level from the top down, it gives raw parameters of
    p(x|z). Where codes of the lower levels are left out, the means of their priors stand in.

    Args:
        levels: list of `Level`s, the top first.
        sources: for each level the places of its features among the encoder's outputs, a list.
        last: functional Keras model from h to raw parameters.
    """

    def __init__(self, levels, sources, last, name="decoder"):
        super().__init__(name=name)
        self.levels = list(levels)
        self.sources = [list(places) for places in sources]
        self.last = last
        # Of networks that are.
        self.built = True

    def descend(self, choose, features=None):
        """Go down through all levels.

        Args:
            choose: function of the number of a level, its prior and its posterior, to its code.
            features: the encoder's outputs, a list; `None` for the priors alone.

        Returns:
            A `Descent`.
        """
        h, descent = None, Descent([], [], [], None)
        for i, (level, places) in enumerate(zip(self.levels, self.sources, strict=True)):
            prior, h = level.prior(h)  # p(z_i | z above)
            posterior = None
            if features is not None:
                posterior = level.posterior(prior, h, [features[place] for place in places])
            z = choose(i, prior, posterior)
            h = level.step(h, z)
            for kept, new in (
                (descent.z, z),
                (descent.priors, prior),
                (descent.posteriors, posterior),
            ):
                kept.append(new)
        descent.h = h
        return descent

    def call(self, z, training=False):
        """Raw parameters of p(x|z)."""
        given = len(z)
        descent = self.descend(lambda i, prior, _: z[i] if i < given else prior.mean)
        return self.last(descent.h, training=training)

    @property
    def output_shape(self):
        """The shape of the raw parameters."""
        return self.last.output_shape

    def get_config(self):
        """The constructor's arguments, the networks as they are now."""
        return {
            "levels": [keras.saving.serialize_keras_object(level) for level in self.levels],
            "sources": [list(places) for places in self.sources],
            "last": keras.saving.serialize_keras_object(self.last),
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config):
        """Make a decoder from `get_config`'s result."""
        made = {
            part: keras.saving.deserialize_keras_object(config[part]) for part in ("levels", "last")
        }
        return cls(**{**config, **made})
