"""A discriminator that judges an image patch by patch."""

import keras
from keras import Input, layers

from keras_genae.networks.checks import check_widths
from keras_genae.networks.conv import check_image_shape
from keras_genae.networks.heads import head


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
    return keras.Model(image, logits, name="discriminator")
