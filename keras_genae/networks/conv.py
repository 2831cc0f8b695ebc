"""Convolutional encoder and decoder for images of any height and width from 8 up."""

import math

from keras import Input, Model, layers

from keras_genae.networks.checks import check_input_shape, check_whole, check_widths
from keras_genae.networks.heads import head

SMALLEST_IMAGE = 8
# An axis this short is not halved any further: a kernel of 3 or 4 sees all of it already.
SMALLEST_MAP = 4
# The first stage divides an axis this long by four: at full size a convolution costs as much as all
# that follow, and what it saves is better spent on more steps.
LONG_AXIS = 48
# Keeps the scale of the signal through the stages without normalisation layers, each of which costs
# as much time as the convolution beside it.
HIDDEN = {"activation": "silu", "kernel_initializer": "he_normal"}


def conv_encoder(
    input_shape, latent_dim, widths=(64, 128, 128), kernel_size=4, heads=("z",), dtype=None
):
    """Build an encoder: one strided convolution a stage, then a dense head for each output.

    Each stage halves height and width (rounding up) as long as they are above 4; the first divides
    by four what is 48 or longer.

    Args:
        input_shape: `(height, width, channels)`; height and width at least 8.
        latent_dim: entries of each output.
        widths: filters of each stage, from the image inwards.
        kernel_size: of every convolution, in pixels; at least what its stage divides by.
        heads: names of the outputs; an autoencoder has one, a VAE `("mean", "log_var")`.
        dtype: Keras dtype policy of the layers; the heads are float32 under each.

    Returns:
        A `keras.Model` from images to a tensor `(batch, latent_dim)`, or a list of them where there
        are several heads.

    Raises:
        ValueError: on a shape, latent size or widths that no network can be built from.

    Example:

    >>> encoder = conv_encoder((28, 28, 1), latent_dim=16, widths=(32, 64))
    >>> encoder.output_shape
    (None, 16)
    """
    input_shape = check_image_shape(input_shape)
    latent_dim, widths = check_whole("latent_dim", latent_dim), check_widths(widths)
    kernel_size = check_whole("kernel_size", kernel_size)
    sizes = stage_sizes(input_shape, len(widths))

    image = Input(input_shape, name="image")
    x = down_stages(image, widths, sizes, kernel_size, dtype)
    x = layers.Flatten(dtype=dtype, name="flat")(x)
    # Adam moves every weight by about the learning rate, so a head over thousands of features moves
    # by thousands of rates at once, times their size: at too high a rate the KL never came back
    # from 10⁶ nats. With ε = 1 features below size 1 stay as they are and none grow far above it;
    # with the usual tiny ε, which makes them all of size 1, training is slower.
    x = layers.RMSNormalization(epsilon=1.0, dtype=dtype, name="limited")(x)
    outputs = [head(layers.Dense, latent_dim, name)(x) for name in heads]
    return Model(image, outputs if len(outputs) > 1 else outputs[0], name="encoder")


def conv_decoder(
    input_shape, latent_dim, widths=(64, 128, 128), kernel_size=4, dtype=None, numbers=1
):
    """Build the decoder that mirrors `conv_encoder` of the same arguments, size by size.

    Each hidden stage is scaled and shifted, channel by channel, by z (`modulated`).

    Args:
        input_shape: `(height, width, channels)` of the images to make.
        latent_dim: entries of the latent vector.
        widths: filters of each stage, from the image inwards, as in the encoder.
        kernel_size: of every convolution, in pixels, as in the encoder.
        dtype: Keras dtype policy of the layers; the output is float32 under each.
        numbers: raw numbers for each entry of an image.

    Returns:
        A `keras.Model` from `(batch, latent_dim)` to raw parameters (logits), float32,
        `(batch, height, width, numbers · channels)`.

    Raises:
        ValueError: on a shape, latent size or widths that no network can be built from.

    Example:

    >>> conv_decoder((45, 28, 3), latent_dim=16, widths=(32, 64)).output_shape
    (None, 45, 28, 3)
    """
    input_shape = check_image_shape(input_shape)
    latent_dim, widths = check_whole("latent_dim", latent_dim), check_widths(widths)
    kernel_size = check_whole("kernel_size", kernel_size)
    sizes = stage_sizes(input_shape, len(widths))
    # What stage i takes from the stage below it, and what it hands to the one above.
    channels = (numbers * input_shape[-1], *widths)

    (height, width) = sizes[-1]
    z = Input((latent_dim,), name="z")
    x = layers.Dense(height * width * widths[-1], dtype=dtype, name="unflat", **HIDDEN)(z)
    x = layers.Reshape((height, width, widths[-1]), dtype=dtype, name="map")(x)
    x = modulated(x, z, "map", dtype)
    for i in reversed(range(len(widths))):
        options = stage_options(sizes[i], sizes[i + 1], kernel_size)
        if i > 0:
            x = layers.Conv2DTranspose(
                channels[i], dtype=dtype, name=f"stage_{i + 1}", **options, **HIDDEN
            )(x)
            x = modulated(x, z, i + 1, dtype)
        else:
            # Patches that only touch would leave their grid in the picture.
            patches = zip(options["kernel_size"], options["strides"], strict=True)
            options["kernel_size"] = tuple(2 * s if s > 2 else k for k, s in patches)
            x = head(layers.Conv2DTranspose, channels[i], "raw", **options)(x)
        x = crop_to(x, sizes[i], name=f"crop_{i + 1}")
    return Model(z, x, name="decoder")


def down_stages(x, widths, sizes, kernel_size, dtype):
    """x through strided convolutions, from the first of `sizes` to the last."""
    for i, width in enumerate(widths):
        options = stage_options(sizes[i], sizes[i + 1], kernel_size)
        x = layers.Conv2D(width, dtype=dtype, name=f"stage_{i + 1}", **options, **HIDDEN)(x)
    return x


def modulated(x, z, stage, dtype):
    """x, each channel of it scaled and shifted by what z says.

    A decoder that sees z only at its smallest map must carry all of z through every stage; so each
    stage hears of the whole picture by itself. At first it changes nothing.

    Reference:
        Perez et al., "FiLM: Visual Reasoning with a General Conditioning Layer", AAAI 2018.
    """
    shape = (1, 1, x.shape[-1])
    for what, neutral, joined in (
        ("scale", "ones", layers.Multiply),
        ("shift", "zeros", layers.Add),
    ):
        start = {"kernel_initializer": "zeros", "bias_initializer": neutral}
        of_z = layers.Dense(shape[-1], dtype=dtype, name=f"{what}_{stage}", **start)(z)
        of_z = layers.Reshape(shape, dtype=dtype, name=f"{what}_{stage}_map")(of_z)
        x = joined(dtype=dtype, name=f"join_{what}_{stage}")([x, of_z])
    return x


def check_image_shape(input_shape):
    """`input_shape` where it is that of an image a convolutional network can halve."""
    shape = check_input_shape(input_shape)
    if len(shape) != 3 or min(shape[:2]) < SMALLEST_IMAGE:
        raise ValueError(
            "A convolutional network needs `input_shape=(height, width, channels)` with height "
            f"and width of at least {SMALLEST_IMAGE}; `network='mlp'` takes any shape. "
            f"Received: input_shape={shape}"
        )
    return shape


def stage_sizes(input_shape, stages):
    """(height, width) of the image and after each stage: `stages + 1` pairs."""
    sizes = [tuple(input_shape[:2])]
    for stage in range(stages):
        sizes.append(tuple(math.ceil(n / divisor(n, stage)) for n in sizes[-1]))
    return sizes


def halved_sizes(input_shape, stages):
    """(height, width) of the image and after each stage, where each halves it, rounding up."""
    sizes = [tuple(input_shape[:2])]
    for _ in range(stages):
        sizes.append(tuple(math.ceil(n / 2) for n in sizes[-1]))
    return sizes


def divisor(length, stage):
    """What a stage divides an axis of this length by."""
    if length <= SMALLEST_MAP:
        return 1
    return 4 if stage == 0 and length >= LONG_AXIS else 2


def stage_options(larger, smaller, kernel_size):
    """Of a convolution from maps of one size to those of the other, in either direction."""
    strides = tuple(math.ceil(a / b) for a, b in zip(larger, smaller, strict=True))
    # A kernel smaller than its stride would pass over pixels.
    kernel = tuple(max(kernel_size, stride) for stride in strides)
    return {"kernel_size": kernel, "strides": strides, "padding": "same"}


def crop_to(x, size, name):
    """Cut the last rows or columns that multiplying a size rounded up made too many."""
    extra = [have - want for have, want in zip(x.shape[1:3], size, strict=True)]
    if not any(extra):
        return x
    crop = tuple((0, n) for n in extra)
    return layers.Cropping2D(crop, dtype=x.dtype, name=name)(x)
