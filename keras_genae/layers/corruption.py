"""What a denoising autoencoder learns to undo."""

import keras

from keras_genae.layers.noise_source import HasNoiseSource


class Corruption(HasNoiseSource, keras.layers.Layer):
    """Base of the layers that spoil their input and keep its shape.

    A subclass says how in `corrupt(x, seed)`, drawing by `keras_genae.noise`. In training each
    call spoils anew; with `training=False` the same input is spoilt the same way each time, so that
    a validation loss can be compared from epoch to epoch; see `Sampling` for batches. (Keras's own
    noise layers do nothing outside training.)

    Args:
        seed: an int; `None` for a random start; or a `keras.random.SeedGenerator` to share.
    """

    def __init__(self, seed=None, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.make_noise(seed)
        self.seed = seed if self.owns_noise else None
        self.built = True

    def call(self, x, training=False):
        """`x`, spoilt."""
        return self.corrupt(x, self.noise_for(training, x))

    def corrupt(self, x, seed):
        """Spoil `x`, float32 `(batch, ...)`, drawing from `seed`."""
        raise NotImplementedError

    def compute_output_shape(self, input_shape):
        """The input's shape."""
        return input_shape

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "seed": self.seed}


def check_fraction(name, value):
    """`value` as a float where it lies in [0, 1]; a ValueError that says so where it does not."""
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"`{name}` must be between 0 and 1. Received: {name}={value}")
    return float(value)


def check_not_negative(name, value):
    """`value` as a float where it is finite and not negative; a ValueError where it is."""
    if not 0.0 <= value < float("inf"):
        raise ValueError(f"`{name}` must be a finite number from 0 up. Received: {name}={value}")
    return float(value)
