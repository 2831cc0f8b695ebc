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
    "in_words",
    "minimise",
    "with_shape",
]


def gradient(function, z):
    """∂function/∂z, as on TensorFlow."""
    return jax.grad(lambda z: ops.sum(function(z)))(ops.convert_to_tensor(z))
