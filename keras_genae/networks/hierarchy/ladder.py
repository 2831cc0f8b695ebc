"""The networks of a ladder: dense layers up, dense layers down."""

import math

from keras import Input, Model, layers

from keras_genae.networks.dense import ACTIVATION
from keras_genae.networks.heads import head
from keras_genae.networks.hierarchy.ladder_level import LadderLevel
from keras_genae.networks.hierarchy.top_down import TopDown


def ladder_networks(input_shape, latent_dims, widths, numbers=1, dtype=None):
    """Build the encoder and the decoder of a ladder, one hidden layer a level on each side.

    Args:
        input_shape: `(features,)`, or `(height, width, channels)`, which is flattened.
        latent_dims: entries of each level's code, from the data inwards.
        widths: units of each level's hidden layer, from the data inwards.
        numbers: raw numbers for each entry of the data.
        dtype: Keras dtype policy of the layers; heads are float32 under each.

    Returns:
        (encoder, decoder): a `keras.Model` from data to the means and log σ² of all levels, the top
        first, and a `TopDown`.

    Example:

    >>> encoder, decoder = ladder_networks((16,), latent_dims=(3, 2), widths=(8, 8))
    >>> encoder.output_shape, len(decoder.levels)
    ([(None, 2), (None, 2), (None, 3), (None, 3)], 2)
    """
    count = len(widths)
    data = Input(input_shape, name="data")
    x, outputs = layers.Flatten(dtype=dtype, name="flat")(data), []
    for i, (width, latent_dim) in enumerate(zip(widths, latent_dims, strict=True), start=1):
        x = layers.Dense(width, activation=ACTIVATION, dtype=dtype, name=f"stage_{i}")(x)
        outputs[:0] = [head(layers.Dense, latent_dim, f"{what}_{i}")(x) for what in HEADS]
    encoder = Model(data, outputs, name="encoder")

    levels = []
    for i in reversed(range(count)):
        prior_network = None
        if i < count - 1:
            prior_network = ladder_prior(latent_dims[i + 1], widths[i + 1], latent_dims[i], dtype)
        levels.append(LadderLevel((latent_dims[i],), f"level_{i + 1}", prior_network=prior_network))
    sources = [(2 * i, 2 * i + 1) for i in range(count)]

    z = Input((latent_dims[0],), name="z")
    x = layers.Dense(widths[0], activation=ACTIVATION, dtype=dtype, name="stage_1")(z)
    shape = (*input_shape[:-1], numbers * input_shape[-1])
    x = head(layers.Dense, math.prod(shape), "raw")(x)
    last = Model(z, layers.Reshape(shape, dtype="float32", name="shape")(x), name="last")
    return encoder, TopDown(levels, sources, last)


HEADS = ("mean", "log_var")


def ladder_prior(above, width, latent_dim, dtype):
    """From the code above to the mean and log σ² of p(z|above)."""
    z = Input((above,), name="z_above")
    x = layers.Dense(width, activation=ACTIVATION, dtype=dtype, name="stage")(z)
    outputs = [head(layers.Dense, latent_dim, name)(x) for name in HEADS]
    return Model(z, outputs, name="prior_network")
