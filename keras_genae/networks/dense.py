"""Dense encoder and decoder, for vectors and for small images."""

import math

from keras import Input, Model, layers

from keras_genae.networks.checks import check_input_shape, check_whole, check_widths
from keras_genae.networks.heads import head

ACTIVATION = "relu"


def dense_encoder(input_shape, latent_dim, widths=(512, 256), heads=("z",), dtype=None):
    """Build an encoder of dense layers.

    Args:
        input_shape: `(features,)`, or `(height, width, channels)`, which is flattened.
        latent_dim: entries of each output.
        widths: units of each hidden layer, from the data inwards.
        heads: names of the outputs; an autoencoder has one, a VAE `("mean", "log_var")`.
        dtype: Keras dtype policy of the layers; the heads are float32 under each.

    Returns:
        A `keras.Model` from data to a tensor `(batch, latent_dim)`, or a list of them where there
        are several heads.

    Raises:
        ValueError: on a shape, latent size or widths that no network can be built from.

    Example:

    >>> dense_encoder((30,), latent_dim=4).output_shape
    (None, 4)
    """
    input_shape = check_input_shape(input_shape)
    latent_dim, widths = check_whole("latent_dim", latent_dim), check_widths(widths)

    data = Input(input_shape, name="data")
    x = layers.Flatten(dtype=dtype, name="flat")(data)
    for i, width in enumerate(widths):
        x = layers.Dense(width, activation=ACTIVATION, dtype=dtype, name=f"stage_{i + 1}")(x)
    outputs = [head(layers.Dense, latent_dim, name)(x) for name in heads]
    return Model(data, outputs if len(outputs) > 1 else outputs[0], name="encoder")


def dense_decoder(input_shape, latent_dim, widths=(512, 256), dtype=None, numbers=1):
    """Build the decoder that mirrors `dense_encoder` of the same arguments.

    Args:
        input_shape: shape of the data to make.
        latent_dim: entries of the latent vector.
        widths: units of each hidden layer, from the data inwards, as in the encoder.
        dtype: Keras dtype policy of the layers; the output is float32 under each.
        numbers: raw numbers for each entry of the data.

    Returns:
        A `keras.Model` from `(batch, latent_dim)` to raw parameters (logits), float32,
        `(batch, *input_shape)`, the last axis `numbers` times as long.

    Raises:
        ValueError: on a shape, latent size or widths that no network can be built from.

    Example:

    >>> dense_decoder((28, 28, 1), latent_dim=4).output_shape
    (None, 28, 28, 1)
    """
    input_shape = check_input_shape(input_shape)
    latent_dim, widths = check_whole("latent_dim", latent_dim), check_widths(widths)

    z = x = Input((latent_dim,), name="z")
    for i, width in reversed(list(enumerate(widths))):
        x = layers.Dense(width, activation=ACTIVATION, dtype=dtype, name=f"stage_{i + 1}")(x)
    shape = (*input_shape[:-1], numbers * input_shape[-1])
    x = head(layers.Dense, math.prod(shape), "raw")(x)
    return Model(z, layers.Reshape(shape, dtype="float32", name="shape")(x), name="decoder")
