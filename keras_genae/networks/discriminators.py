"""Second players: networks that tell what was drawn from what was made."""

from keras import Input, Model, Sequential, layers

from keras_genae.networks.checks import check_widths
from keras_genae.networks.conv import check_image_shape, conv_encoder
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


def patch_discriminator(input_shape, widths=(64, 128), dtype=None):
    """Build a network that gives each patch of an image a number, high where it looks real.

    One convolution a stage that halves height and width, and one more that gives a number at each
    place. Two stages see patches of 18 × 18 pixels, three of 38 × 38: textures and edges, and not
    what the image shows. There is no normalisation, so that no image is judged by its neighbours in
    the batch.

    Args:
        input_shape: `(height, width, channels)`, height and width from 8 up.
        widths: filters of each stage, from the image inwards.
        dtype: Keras dtype policy of the layers; the output is float32 under each.

    Returns:
        A `keras.Model` from images in [0, 1] to logits `(batch, height, width, 1)`.

    Raises:
        ValueError: on a shape or widths that no network can be built from.

    Example:

    >>> patch_discriminator((64, 64, 3)).output_shape
    (None, 16, 16, 1)

    Reference:
        Isola, Zhu, Zhou & Efros, "Image-to-Image Translation with Conditional Adversarial
        Networks", 2017 (its PatchGAN).
    """
    input_shape, widths = check_image_shape(input_shape), check_widths(widths)
    image = Input(input_shape, name="image")
    x = layers.Rescaling(2.0, -1.0, dtype=dtype, name="centred")(image)
    for i, width in enumerate(widths):
        x = layers.Conv2D(
            width,
            kernel_size=4,
            strides=2,
            padding="same",
            activation="leaky_relu",
            kernel_initializer="he_normal",
            dtype=dtype,
            name=f"stage_{i + 1}",
        )(x)
    logits = head(layers.Conv2D, 1, "logits", kernel_size=3, padding="same")(x)
    return Model(image, logits, name="discriminator")
