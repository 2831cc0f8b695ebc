"""What steps share whose numbers are made of what an encoder says of x."""

import keras


class AmortisedStep(keras.layers.Layer):
    """Base of steps of which a dense layer makes all numbers from the context.

    They are near the identity at first, in a direction of their own.

    Args:
        latent_dim: entries of z.
        context_dim: entries of the context.
    """

    def __init__(self, latent_dim, context_dim, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.latent_dim, self.context_dim = latent_dim, context_dim
        self.of_context = keras.layers.Dense(
            self.numbers,
            kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
            bias_initializer=keras.initializers.RandomNormal(stddev=0.1),
            dtype="float32",
            name="of_context",
        )
        self.of_context.build((None, context_dim))
        self.built = True

    @property
    def numbers(self):
        """How many numbers a step takes."""
        raise NotImplementedError

    def get_config(self):
        """The constructor's arguments."""
        sizes = {"latent_dim": self.latent_dim, "context_dim": self.context_dim}
        return {**super().get_config(), **sizes}
