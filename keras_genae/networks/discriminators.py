"""Second players: networks that tell what was drawn from what was made."""

from keras import Input, Model, Sequential, layers

from keras_genae.networks.checks import check_widths
from keras_genae.networks.conv import conv_encoder
from keras_genae.networks.heads import head

# Its one number says log D / (1 − D), D the probability that the network gives to its input being
# real: −log D is the softplus of minus that number, −log(1 − D) that of the number itself.
LOG_RATIO = "log_ratio"


def code_discriminator(size, widths=(256, 256, 256, 256), dtype=None):
    """Build a discriminator of codes, of dense layers.

    Args:
        size: entries of a code.
        widths: units of each hidden layer.
        dtype: Keras dtype policy of the layers; the output is float32 under each.

    Returns:
        A `keras.Model` from codes `(batch, size)` to log D / (1 − D), float32 `(batch, 1)`.

    Raises:
        ValueError: on widths that no network can be built from.

    Example:

    >>> code_discriminator(8, widths=(32,)).output_shape
    (None, 1)
    """
    hidden = [
        layers.Dense(width, activation="leaky_relu", dtype=dtype, name=f"stage_{i + 1}")
        for i, width in enumerate(check_widths(widths))
    ]
    return Sequential(
        [Input((size,)), *hidden, head(layers.Dense, 1, LOG_RATIO)], name="discriminator"
    )


def image_discriminator(input_shape, widths=(64, 128, 128), dtype=None):
    """Build a discriminator of images, which says what it went by as well.

    It is built as an encoder is. What it went by are the maps of its last stage but one: those of
    the last have lost most of where things are.

    Args:
        input_shape: `(height, width, channels)`; height and width at least 8.
        widths: filters of each stage, from the image inwards.
        dtype: Keras dtype policy of the layers; log D / (1 − D) is float32 under each.

    Returns:
        A `keras.Model` from images to features, `(batch, height, width, channels)`, and
        log D / (1 − D), float32 `(batch, 1)`.

    Raises:
        ValueError: on a shape or widths that no network can be built from.

    Example:

    >>> image_discriminator((28, 28, 1), widths=(8, 16, 16)).output_shape
    [(None, 7, 7, 16), (None, 1)]
    """
    network = conv_encoder(input_shape, 1, widths, heads=(LOG_RATIO,), dtype=dtype)
    stage = network.get_layer(f"stage_{max(1, len(widths) - 1)}")
    return Model(network.input, [stage.output, network.output], name="discriminator")
