"""How Keras executes training steps on the backend in use."""

import keras


def steps_at_once(wanted):
    """How many steps one call of the compiled step may make, of so many wanted.

    PyTorch starts each step by itself, and Keras refuses more than one there.
    """
    return 1 if keras.backend.backend() == "torch" else wanted
