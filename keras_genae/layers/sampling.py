"""The sampling layer of the variational autoencoder."""

import keras

from keras_genae.distributions import DiagonalNormal
from keras_genae.layers.noise_source import HasNoiseSource


@keras.saving.register_keras_serializable(package="keras_genae")
class Sampling(HasNoiseSource, keras.layers.Layer):
    """Draw z = mean + σ·ε, ε from N(0, I): the reparametrisation trick.

    In training each call draws new noise, from a generator whose state is saved with the layer, so
    that a resumed run goes on where it stopped. With `training=False` every call draws the same
    noise; within a model, a row's noise is that of its place in the data that are evaluated, so
    that an evaluation can be repeated in batches of any size.

    Args:
        seed: an int; `None` for a random start; or a `keras.random.SeedGenerator` to share.

    Input: `[mean, log_var]`, two tensors `(batch, latent_dim)`; `log_var` is log σ².

    Output: z, float32 `(batch, latent_dim)`.

    Example:

    >>> import numpy as np
    >>> sampling = Sampling(seed=0)
    >>> z = sampling([np.zeros((4, 2)), np.zeros((4, 2))], training=True)
    >>> tuple(z.shape)
    (4, 2)

    Reference:
        Kingma & Welling, "Auto-Encoding Variational Bayes", 2014, section 2.4.
    """

    def __init__(self, seed=None, **kwargs):
        # Half precision would round the noise; a latent vector is small enough for float32.
        super().__init__(**{"dtype": "float32", **kwargs})
        self.make_noise(seed)
        self.seed = seed if self.owns_noise else None
        self.built = True

    def call(self, inputs, training=False):
        """z, one draw for each row."""
        return self.draw(DiagonalNormal(*inputs), training)

    def draw(self, posterior, training=False):
        """z from any posterior.

        Args:
            posterior: a distribution with a `mean` `(batch, ...)` and a method `sample(seed)`.
            training: whether to draw new noise.

        Returns:
            What the posterior's `sample` returns.
        """
        return self.draws(posterior, 1, training)[0]

    def draws(self, posterior, samples, training=False):
        """A list of `samples` draws like `draw`, the first of which is that of `draw`."""
        # One seed for all: outside training the next draw from it differs from the one before.
        seed = self.noise_for(training, posterior.mean)
        return [posterior.sample(seed) for _ in range(samples)]

    def compute_output_shape(self, input_shape):
        """The shape of the mean."""
        return input_shape[0]

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "seed": self.seed}
