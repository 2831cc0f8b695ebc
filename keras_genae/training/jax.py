"""What there is on the JAX backend, whose training step is not written yet."""

import jax
from keras import ops

from keras_genae.training.no_train_step import (
    TrainStep,
    compile_for_batches,
    compile_function,
    in_words,
    minimise,
    with_shape,
)

__all__ = [
    "TrainStep",
    "compile_for_batches",
    "compile_function",
    "gradient",
    "gradients",
    "in_words",
    "minimise",
    "with_shape",
]


def gradient(function, z):
    """∂function/∂z, as on TensorFlow."""
    return jax.grad(lambda z: ops.sum(function(z)))(ops.convert_to_tensor(z))


def gradients(function, weight):
    """The gradients of several numbers to one tensor, as on TensorFlow."""
    values, pull_back = jax.vjp(function, jax.lax.stop_gradient(ops.convert_to_tensor(weight)))
    ones = ops.unstack(ops.eye(len(values)), axis=0)
    return [jax.lax.stop_gradient(pull_back(ops.unstack(row))[0]) for row in ones]
