"""Networks that take part in a loss without learning from it."""

import keras
from keras import ops


def held_constant(model):
    """A scope in which no gradient reaches the weights of `model`, and nothing in it moves.

    What is computed within has the same value as without, and the gradient of its inputs.
    Statistics and generators are afterwards as they were: where the same is computed again outside,
    it draws the same noise, and counts once.

    Args:
        model: a Keras model or layer that is built.

    Returns:
        A context manager.

    Example:

    >>> import numpy as np
    >>> dense = keras.layers.Dense(2)
    >>> dense.build((None, 3))
    >>> with held_constant(dense):
    ...     y = dense(np.zeros((1, 3)))
    """
    # All variables: under JAX a scope within a scope knows none of those of the outer one.
    return keras.StatelessScope([(v, ops.stop_gradient(v.value)) for v in model.variables])


def with_value(weight, value, model):
    """A scope in which one weight of `model` has another value, and all others are held constant.

    Args:
        weight: a variable of the model.
        value: a tensor like it, which gradients reach.
        model: a Keras model or layer that is built.

    Returns:
        A context manager, as of `held_constant`.
    """
    others = [(v, ops.stop_gradient(v.value)) for v in model.variables if v is not weight]
    return keras.StatelessScope([*others, (weight, value)])
