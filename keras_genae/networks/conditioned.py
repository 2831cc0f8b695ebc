"""Networks that are given side information beside x and z, made from those that are not."""

from keras import Input, Model, layers


def conditioned_shape(input_shape, size):
    """The shape of the data that an encoder sees together with side information of `size`."""
    if len(input_shape) == 1:
        return (input_shape[0] + size,)
    return (*input_shape[:-1], input_shape[-1] + 1)


def conditioned_encoder(encoder, input_shape, size, dtype=None):
    """An encoder of [x, c] from one of data of `conditioned_shape`.

    c is put behind the entries of a vector. Beside an image it is one more channel, a picture that
    a dense layer draws of c: so any network for images takes it.

    Args:
        encoder: a Keras model of data of `conditioned_shape(input_shape, size)`.
        input_shape: the shape of x.
        size: the length of c.
        dtype: Keras dtype policy of the layers that are added.

    Returns:
        A `keras.Model` of a list of two, `(batch, *input_shape)` and `(batch, size)`.
    """
    x, c = Input(input_shape, name="data"), Input((size,), name="condition")
    drawn = c
    if len(input_shape) == 3:
        height, width = input_shape[:2]
        # As strong as the pixels, whatever the size of the picture.
        drawn = layers.Dense(
            height * width, kernel_initializer="he_normal", dtype=dtype, name="draw"
        )(c)
        drawn = layers.Reshape((height, width, 1), dtype=dtype, name="plane")(drawn)
    joined = layers.Concatenate(dtype=dtype, name="join")([x, drawn])
    return Model([x, c], encoder(joined), name="encoder")


def conditioned_decoder(decoder, latent_dim, size, dtype=None):
    """A decoder of [z, c] from one of latent vectors that are longer by `size`.

    Args:
        decoder: a Keras model of latent vectors of `latent_dim + size` entries.
        latent_dim: entries of z.
        size: the length of c.
        dtype: Keras dtype policy of the layer that is added.

    Returns:
        A `keras.Model` of a list of two, `(batch, latent_dim)` and `(batch, size)`.
    """
    z, c = Input((latent_dim,), name="z"), Input((size,), name="condition")
    return Model(
        [z, c], decoder(layers.Concatenate(dtype=dtype, name="join")([z, c])), name="decoder"
    )
