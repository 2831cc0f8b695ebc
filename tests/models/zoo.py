"""Every model of the zoo, small, with data it can learn; what the tests of models share."""

import functools

import keras
import numpy as np
import pytest
from cases import fast
from sample_data import blobs

from keras_genae import (
    CIWAE,
    IWAE,
    MIWAE,
    PIWAE,
    VAE,
    Autoencoder,
    ConvAE,
    ConvVAE,
    DenoisingAE,
    RenyiVAE,
)

GREY, COLOR, ODD, VECTOR = (12, 12, 1), (12, 12, 3), (13, 9, 1), (16,)
WIDTHS = (4, 8)

# Name → class and arguments.
CONFIGS = {
    "Autoencoder of vectors": (Autoencoder, {"input_shape": VECTOR}),
    "Autoencoder of images": (Autoencoder, {"input_shape": ODD, "likelihood": "sigma"}),
    "ConvAE": (ConvAE, {"input_shape": COLOR, "likelihood": "bernoulli"}),
    "DenoisingAE": (DenoisingAE, {"input_shape": GREY, "scale": 0.2}),
    "VAE of vectors": (VAE, {"input_shape": VECTOR, "beta": 0.5}),
    "VAE of images, dense": (VAE, {"input_shape": GREY, "network": "mlp"}),
    "ConvVAE sigma": (ConvVAE, {"input_shape": COLOR}),
    "ConvVAE gaussian": (ConvVAE, {"input_shape": GREY, "likelihood": "gaussian", "scale": 0.2}),
    "ConvVAE bernoulli": (ConvVAE, {"input_shape": GREY, "likelihood": "bernoulli", "beta": 2.0}),
    "ConvVAE continuous Bernoulli": (
        ConvVAE,
        {"input_shape": ODD, "likelihood": "continuous_bernoulli"},
    ),
    "CIWAE": (CIWAE, {"input_shape": VECTOR, "samples": 3, "elbo_weight": 0.2}),
    "IWAE": (IWAE, {"input_shape": VECTOR, "samples": 3}),
    "IWAE DReG": (IWAE, {"input_shape": GREY, "samples": 3, "gradient": "dreg", "beta": 0.5}),
    "MIWAE": (MIWAE, {"input_shape": VECTOR, "samples": 2, "groups": 2}),
    "PIWAE": (PIWAE, {"input_shape": VECTOR, "samples": 2, "groups": 2}),
    "RenyiVAE": (RenyiVAE, {"input_shape": VECTOR, "samples": 3, "alpha": 0.3}),
    "ConvVAE free bits": (ConvVAE, {"input_shape": GREY, "free_bits": 0.5, "beta": 3.0}),
}
# One of each kind: what the base class does for all is tried on these each time, and on the whole
# zoo by the slow checks, so that the tests do not grow with the zoo.
FEW = ["Autoencoder of vectors", "DenoisingAE", "ConvVAE sigma", "ConvVAE free bits"]
ALL = pytest.mark.parametrize("name", fast(CONFIGS, FEW))


def build(name, **changes):
    """A model of the zoo, not compiled, the same weights each time."""
    model_class, arguments = CONFIGS[name]
    keras.utils.set_random_seed(0)
    return model_class(**{"latent_dim": 3, "widths": WIDTHS, "seed": 0, **arguments, **changes})


def examples(shape, count=48, seed=0):
    """Float data of a shape: blobs for images; for vectors, points near a plane."""
    if len(shape) == 3:
        return blobs(count, shape, seed)
    plane = np.random.default_rng(1).normal(size=(2, *shape))
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.1, (count, *shape))
    return (rng.normal(size=(count, 2)) @ plane + noise).astype("float32")


def compiled(model, optimizer=None, **options):
    model.compile(optimizer=optimizer or keras.optimizers.Adam(3e-3), **options)
    return model


@functools.cache
def trained(name):
    """A trained model, its data, its history, and its loss before: for tests that only look."""
    model = compiled(build(name))
    x, held_out = examples(model.input_shape), examples(model.input_shape, 20, seed=9)
    before = model.evaluate(held_out, batch_size=16, verbose=0, return_dict=True)
    history = model.fit(
        x, epochs=4, batch_size=16, validation_data=(held_out,), validation_batch_size=16, verbose=0
    )
    return model, held_out, history.history, before


def weights_of(model):
    return [variable.numpy() for variable in model.variables]


def same(a, b):
    """Whether two lists of arrays are equal bit for bit."""
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def loss_of(model, x, y=None, **options):
    """The loss on data: what `evaluate` calls "loss"."""
    return model.evaluate(x, y, verbose=0, return_dict=True, **options)["loss"]
