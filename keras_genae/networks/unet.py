"""A network from maps to maps of the same shape, which sees them coarsely and finely at once."""

import math

from keras import Input, Model, layers

from keras_genae.networks.checks import check_whole, check_widths
from keras_genae.networks.conv import crop_to
from keras_genae.networks.heads import head

# Two convolutions of 3 see all of a map this long.
SMALLEST_MAP = 4
# Filters of the first stage and of those below it, where nothing else is asked for.
WIDTH, WIDTH_BELOW = 64, 128


def unet(shape, beside, widths=None, dtype=None):
    """Build a U-Net of maps, steered by a vector beside them: of a time, a class, or both.

    On the way down each stage but the first halves height and width, rounding up; on the way up it
    sees what it saw on the way down. Any size goes, odd ones too. The vector scales and shifts the
    channels of every residual block. The output is 0 before training.

    Args:
        shape: of a map, `(height, width, channels)`.
        beside: entries of the vector.
        widths: filters of each stage; by default 64, then 128 for each halving that makes the map
            no longer than 4 on either side, where each place sees all others.
        dtype: Keras dtype policy of the layers; the output is float32 under each.

    Returns:
        A `keras.Model` of a list of two, maps `(batch, *shape)` and vectors `(batch, beside)`, to
        maps `(batch, *shape)`.

    Raises:
        ValueError: on a shape or widths that no network can be built from.

    Example:

    >>> unet((7, 5, 4), beside=9, widths=(8, 16)).output_shape
    (None, 7, 5, 4)

    References:
        Ronneberger, Fischer & Brox, "U-Net: Convolutional Networks for Biomedical Image
        Segmentation", 2015;
        Dhariwal & Nichol, "Diffusion Models Beat GANs on Image Synthesis", 2021, section 3.1
        (what scales and shifts the channels).
    """
    shape = check_map_shape(shape)
    widths = default_widths(shape) if widths is None else check_widths(widths)
    convolution = {"kernel_size": 3, "padding": "same", "dtype": dtype}

    x = Input(shape, name="x")
    vector = Input((check_whole("beside", beside),), name="beside")
    h = vector
    for i in (1, 2):
        h = layers.Dense(max(widths), "silu", dtype=dtype, name=f"beside_{i}")(h)
    steering = h

    h = layers.Conv2D(widths[0], name="into", **convolution)(x)
    seen = []
    for i, width in enumerate(widths):
        if i > 0:
            h = layers.Conv2D(width, strides=2, name=f"down_{i + 1}", **convolution)(h)
        h = steered_block(h, steering, width, f"seen_{i + 1}", dtype)
        seen.append(h)
    h = steered_block(h, steering, widths[-1], "middle", dtype)
    for i in reversed(range(len(widths))):
        h = layers.Concatenate(dtype=dtype, name=f"join_{i + 1}")([h, seen[i]])
        h = steered_block(h, steering, widths[i], f"said_{i + 1}", dtype)
        if i > 0:
            h = layers.UpSampling2D(dtype=dtype, name=f"larger_{i + 1}")(h)
            h = crop_to(h, seen[i - 1].shape[1:3], name=f"crop_{i + 1}")
            h = layers.Conv2D(widths[i - 1], name=f"up_{i + 1}", **convolution)(h)
    # Not normalised, which would lose how large x is: of normal codes the output is linear in x.
    h = layers.Activation("silu", dtype=dtype, name="out_of")(h)
    silent = {"kernel_size": 3, "padding": "same", "kernel_initializer": "zeros"}
    return Model([x, vector], head(layers.Conv2D, shape[-1], "output", **silent)(h), name="unet")


def steered_block(x, steering, width, name, dtype):
    """x with what two convolutions add to it, their channels scaled and shifted in between."""
    convolution = {"kernel_size": 3, "padding": "same", "dtype": dtype}
    added = normalised(x, f"{name}_1", dtype)
    added = layers.Conv2D(width, name=f"{name}_conv_1", **convolution)(added)
    added = layers.LayerNormalization(center=False, scale=False, dtype=dtype, name=f"{name}_even")(
        added
    )
    # h · (1 + scale) + shift
    scale, shift = (
        layers.Reshape((1, 1, width), dtype=dtype, name=f"{name}_{what}_map")(
            layers.Dense(width, dtype=dtype, name=f"{name}_{what}")(steering)
        )
        for what in ("scale", "shift")
    )
    scaled = layers.Multiply(dtype=dtype, name=f"{name}_scaled")([added, scale])
    added = layers.Add(dtype=dtype, name=f"{name}_steered")([added, scaled, shift])
    added = layers.Activation("silu", dtype=dtype, name=f"{name}_on")(added)
    added = layers.Conv2D(width, name=f"{name}_conv_2", **convolution)(added)
    if x.shape[-1] != width:
        x = layers.Conv2D(width, 1, dtype=dtype, name=f"{name}_past")(x)
    return layers.Add(dtype=dtype, name=name)([x, added])


def normalised(x, name, dtype):
    """x with channels of mean 0 and variance 1 at each place, through the activation."""
    x = layers.LayerNormalization(center=False, scale=False, dtype=dtype, name=f"{name}_norm")(x)
    return layers.Activation("silu", dtype=dtype, name=f"{name}_silu")(x)


def default_widths(shape):
    """Filters of as many stages as make a map no longer than `SMALLEST_MAP` on either side."""
    halvings = max(0, math.ceil(math.log2(max(shape[:2]) / SMALLEST_MAP)))
    return (WIDTH, *[WIDTH_BELOW] * halvings)


def check_map_shape(shape):
    """A shape `(height, width, channels)` as a tuple of ints."""
    if not isinstance(shape, (list, tuple)) or len(shape) != 3:
        raise ValueError(
            f"A map has the shape `(height, width, channels)`. Received: shape={shape!r}"
        )
    return tuple(check_whole("shape", entry) for entry in shape)
