"""One level of a hierarchy of codes."""

import keras
from keras import ops

from keras_genae.distributions import DiagonalNormal
from keras_genae.distributions.real.log_variance import LOG_VAR_BOUND, bounded


class Level(keras.Model):
    """What one level of a hierarchy is made of: p(z|above), q(z|x, above), and the way down.

    What is above reaches a level as a tensor h, `None` at the top, where p(z) = N(0, I). A subclass
    says what its functional networks are for. They are saved as they are, whatever was done to
    their layers.

    Args:
        latent_shape: the shape of this level's code.
        **networks: name → functional Keras model, or `None`, for each name in `NETWORKS`.
    """

    NETWORKS = ("prior_network",)

    def __init__(self, latent_shape, name=None, **networks):
        super().__init__(name=name)
        self.latent_shape = tuple(latent_shape)
        for part in self.NETWORKS:
            setattr(self, part, networks[part])
        # Of networks that are.
        self.built = True

    def prior(self, h):
        """p(z|above) of `h`, and what the level makes of `h` before it knows z."""
        raise NotImplementedError

    def posterior(self, prior, h, features):
        """q(z|x, above), of both results of `prior`, and the encoder's features of this level."""
        raise NotImplementedError

    def step(self, h, z):
        """What the level below is given, of the second result of `prior` and a code."""
        raise NotImplementedError

    def standard(self):
        """N(0, I), the prior at the top: the same for each example."""
        return DiagonalNormal(ops.zeros(self.latent_shape), ops.zeros(self.latent_shape))

    def get_config(self):
        """The constructor's arguments, the networks as they are now."""
        networks = {
            part: keras.saving.serialize_keras_object(getattr(self, part)) for part in self.NETWORKS
        }
        return {"latent_shape": self.latent_shape, "name": self.name, **networks}

    @classmethod
    def from_config(cls, config):
        """Make a level from `get_config`'s result."""
        networks = {
            part: keras.saving.deserialize_keras_object(config[part]) for part in cls.NETWORKS
        }
        return cls(**{**config, **networks})


def normal_of(mean, log_var):
    """The normal of what heads give, its log-variance bounded."""
    mean, log_var = ops.cast(mean, "float32"), ops.cast(log_var, "float32")
    return DiagonalNormal(mean, bounded(log_var, LOG_VAR_BOUND))
