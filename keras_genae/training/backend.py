"""The training step of the backend in use, chosen as Keras chooses its own."""

import keras

if keras.backend.backend() == "tensorflow":
    from keras_genae.training import tensorflow as own
elif keras.backend.backend() == "jax":
    from keras_genae.training import jax as own
elif keras.backend.backend() == "torch":
    from keras_genae.training import torch as own
else:
    raise ImportError(
        "keras_genae runs on TensorFlow, JAX and PyTorch: start Python with "
        "KERAS_BACKEND=tensorflow, =jax or =torch. "
        f"Received: backend={keras.backend.backend()!r}"
    )

TrainStep = own.TrainStep
compile_for_batches = own.compile_for_batches
compile_function = own.compile_function
gradient = own.gradient
gradients = own.gradients
in_words = own.in_words
is_accelerated = own.is_accelerated
is_one_device = own.is_one_device
minimise = own.minimise
reads_datasets = own.reads_datasets
with_shape = own.with_shape

__all__ = [
    "TrainStep",
    "compile_for_batches",
    "compile_function",
    "gradient",
    "gradients",
    "in_words",
    "is_accelerated",
    "is_one_device",
    "minimise",
    "reads_datasets",
    "with_shape",
]
