"""The training step of the backend in use, chosen as Keras chooses its own."""

import keras

if keras.backend.backend() == "tensorflow":
    from keras_genae.training.tensorflow import (
        TrainStep,
        compile_for_batches,
        compile_function,
        gradient,
        gradients,
        in_words,
        minimise,
        with_shape,
    )
elif keras.backend.backend() == "jax":
    from keras_genae.training.jax import (
        TrainStep,
        compile_for_batches,
        compile_function,
        gradient,
        gradients,
        in_words,
        minimise,
        with_shape,
    )
else:
    from keras_genae.training.no_train_step import (
        TrainStep,
        compile_for_batches,
        compile_function,
        gradient,
        gradients,
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
