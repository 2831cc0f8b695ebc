"""Functions of a model and a batch, compiled once for each model."""

import functools

from keras_genae.training.backend import compile_function


def compiled(model, function):
    """`function(model, ...)` compiled, with the model filled in.

    The compiled function is kept with the model, and forgotten when `compile` changes it.

    Args:
        model: a model of the zoo.
        function: a function of a module, of the model and tensors.

    Returns:
        A function of the tensors.
    """
    key = f"{function.__module__}.{function.__qualname__}"
    if key not in model.compiled_functions:
        model.compiled_functions[key] = compile_function(model, functools.partial(function, model))
    return model.compiled_functions[key]
