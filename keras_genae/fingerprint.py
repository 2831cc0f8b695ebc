"""Tell whether a model is still the one that something was derived from."""

import hashlib

import numpy as np
from keras import ops


def fingerprint(*models):
    """A short text that changes when the weights of models, or their precision, do.

    What is derived from a model, such as a calibration or a fitted prior, keeps the fingerprint of
    the model it was derived from, and is out of date where the model has another. Training,
    `set_weights`, quantising, LoRA and another network in place of the old one all change it;
    using, compiling, saving and loading do not. It reads about a gigabyte of weights a second.

    Args:
        *models: Keras models or layers.

    Returns:
        A str of 32 hexadecimal digits.

    Example:

    >>> import numpy as np, keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> before = fingerprint(model)
    >>> output = model.predict(np.ones((3, 2)), verbose=0)
    >>> fingerprint(model) == before
    True
    >>> model.layers[0].bias.assign([0.5]) is not None
    True
    >>> fingerprint(model) == before
    False
    """
    digest = hashlib.blake2b(digest_size=16)
    for model in models:
        for layer in layers_within(model):
            digest.update(str(layer.dtype_policy.name).encode())
        for weight in model.weights:
            value = np.ascontiguousarray(ops.convert_to_numpy(weight))
            digest.update(f"{value.dtype} {value.shape}".encode())
            digest.update(value.view("uint8") if value.ndim else value.tobytes())
    return digest.hexdigest()


def layers_within(layer):
    """A layer, and all within it that are themselves models."""
    yield layer
    for inner in getattr(layer, "layers", ()):
        yield from layers_within(inner)
