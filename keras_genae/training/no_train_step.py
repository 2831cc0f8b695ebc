"""What stands in on the backends whose training step is not written yet."""

import contextlib

import keras


class TrainStep:
    """Mixin of `keras.Model`: everything but training and evaluation works on this backend."""

    takes_strings = False

    def train_step(self, *args):
        """Say that this backend cannot train."""
        raise NotImplementedError(
            "keras_genae trains on the TensorFlow backend so far: start Python with "
            f"KERAS_BACKEND=tensorflow. Received: backend={keras.backend.backend()!r}"
        )

    def test_step(self, *args):
        """Say that this backend cannot evaluate."""
        self.train_step()


def compile_for_batches(model, function, example_shape, dtype, others=None):
    """Run `function` as it is."""
    return function


def compile_function(model, function):
    """Run `function` as it is."""
    return function


def in_words():
    """Errors are left as they are."""
    return contextlib.nullcontext()


def with_shape(x, example_shape):
    """A tensor as it is: its shape is known."""
    return x


def minimise(loss, start, steps, learning_rate):
    """Say that this backend cannot take gradients here."""
    TrainStep().train_step()


def gradient(function, z):
    """Say that this backend cannot take gradients here."""
    TrainStep().train_step()


def gradients(function, weight):
    """Say that this backend cannot take gradients here."""
    TrainStep().train_step()
