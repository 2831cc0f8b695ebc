"""Networks whose code is a map of vectors, or a row of them, rather than one vector."""

from keras import Input, Model, layers

from keras_genae.networks.checks import check_whole, check_widths
from keras_genae.networks.conv import (
    HIDDEN,
    check_image_shape,
    crop_to,
    down_stages,
    stage_options,
    stage_sizes,
)
from keras_genae.networks.dense import dense_decoder, dense_encoder
from keras_genae.networks.heads import head

# Blocks between the strided stages and the code, on either side.
BLOCKS = 2
# Filters of the networks between two maps, where their entries are fewer.
WIDTH_BETWEEN = 32


def conv_map_encoder(
    input_shape, latent_dim, widths=(64, 128), kernel_size=4, heads=("z",), dtype=None, sizes=None
):
    """Build an encoder of images to maps: one strided convolution a stage, then residual blocks.

    The stages divide as those of `conv_encoder` do: two stages make a map a quarter as high and
    wide as the image (an eighth where the image has 48 pixels or more).

    Args:
        input_shape, widths, kernel_size, heads, dtype: as in `conv_encoder`.
        latent_dim: entries of the vector at each place of the map.
        sizes: where the stages are to divide otherwise, the (height, width) of the image and of
            what each makes of it.

    Returns:
        A `keras.Model` from images to a map `(batch, height, width, latent_dim)`, or a list of them
        where there are several heads.

    Raises:
        ValueError: on a shape, latent size or widths that no network can be built from.

    Example:

    >>> conv_map_encoder((28, 28, 1), latent_dim=16).output_shape
    (None, 7, 7, 16)

    Reference:
        van den Oord et al., "Neural Discrete Representation Learning", 2017, section 4.1.
    """
    input_shape = check_image_shape(input_shape)
    latent_dim, widths = check_whole("latent_dim", latent_dim), check_widths(widths)
    kernel_size = check_whole("kernel_size", kernel_size)
    sizes = sizes or stage_sizes(input_shape, len(widths))

    image = Input(input_shape, name="image")
    x = down_stages(image, widths, sizes, kernel_size, dtype)
    x = residual_blocks(x, dtype)
    # As before the heads of `conv_encoder`: features above size 1 do not grow any further.
    x = layers.RMSNormalization(epsilon=1.0, dtype=dtype, name="limited")(x)
    outputs = [head(layers.Conv2D, latent_dim, name, kernel_size=1)(x) for name in heads]
    return Model(image, outputs if len(outputs) > 1 else outputs[0], name="encoder")


def conv_map_decoder(
    input_shape, latent_dim, widths=(64, 128), kernel_size=4, dtype=None, numbers=1, sizes=None
):
    """Build the decoder that mirrors `conv_map_encoder` of the same arguments, size by size.

    Args:
        input_shape, widths, kernel_size, dtype, numbers: as in `conv_decoder`.
        latent_dim, sizes: as in `conv_map_encoder`.

    Returns:
        A `keras.Model` from maps `(batch, height, width, latent_dim)` to raw parameters (logits),
        float32, `(batch, height, width, numbers · channels)`.

    Raises:
        ValueError: on a shape, latent size or widths that no network can be built from.

    Example:

    >>> decoder = conv_map_decoder((45, 28, 3), latent_dim=16)
    >>> decoder.input_shape, decoder.output_shape
    ((None, 12, 7, 16), (None, 45, 28, 3))
    """
    input_shape = check_image_shape(input_shape)
    latent_dim, widths = check_whole("latent_dim", latent_dim), check_widths(widths)
    kernel_size = check_whole("kernel_size", kernel_size)
    sizes = sizes or stage_sizes(input_shape, len(widths))
    # What stage i takes from the stage below it, and what it hands to the one above.
    channels = (numbers * input_shape[-1], *widths)

    z = Input((*sizes[-1], latent_dim), name="z")
    x = layers.Conv2D(widths[-1], 3, padding="same", dtype=dtype, name="map", **HIDDEN)(z)
    x = residual_blocks(x, dtype)
    for i in reversed(range(len(widths))):
        options = stage_options(sizes[i], sizes[i + 1], kernel_size)
        if i > 0:
            x = layers.Conv2DTranspose(
                channels[i], dtype=dtype, name=f"stage_{i + 1}", **options, **HIDDEN
            )(x)
        else:
            x = head(layers.Conv2DTranspose, channels[i], "raw", **options)(x)
        x = crop_to(x, sizes[i], name=f"crop_{i + 1}")
    return Model(z, x, name="decoder")


def residual_blocks(x, dtype):
    """x with what two convolutions add to it, a few times over: each place hears of its next."""
    width = x.shape[-1]
    for i in range(BLOCKS):
        added = layers.Activation("silu", dtype=dtype, name=f"block_{i + 1}_on")(x)
        added = layers.Conv2D(
            max(width // 2, 1), 3, padding="same", dtype=dtype, name=f"block_{i + 1}_see", **HIDDEN
        )(added)
        added = layers.Conv2D(width, 1, dtype=dtype, name=f"block_{i + 1}_say")(added)
        x = layers.Add(dtype=dtype, name=f"block_{i + 1}")([x, added])
    return x


def map_levels(shape, dtype=None):
    """Build the networks between a map and one of half its height and width, above it.

    Args:
        shape: of the lower map, `(height, width, latent_dim)`; the upper one has as many entries a
            place.
        dtype: Keras dtype policy of the layers; the outputs are float32 under each.

    Returns:
        Two `keras.Model`s: from the lower map to the upper one; and from the upper map to a list of
        two of the shape of the lower one, which are 0 before training.

    Example:

    >>> down, up = map_levels((7, 7, 16))
    >>> down.output_shape, up.output_shape
    ((None, 4, 4, 16), [(None, 7, 7, 16), (None, 7, 7, 16)])
    """
    latent_dim = shape[-1]
    width = max(latent_dim, WIDTH_BETWEEN)
    stage = {"kernel_size": 4, "strides": 2, "padding": "same", "dtype": dtype, **HIDDEN}

    below = Input(shape, name="below")
    x = residual_blocks(layers.Conv2D(width, name="down", **stage)(below), dtype)
    x = layers.RMSNormalization(epsilon=1.0, dtype=dtype, name="limited")(x)
    x = head(layers.Conv2D, latent_dim, "above", kernel_size=1)(x)
    down = Model(below, x, name="down")

    above = Input(down.output_shape[1:], name="above")
    x = residual_blocks(layers.Conv2DTranspose(width, name="up", **stage)(above), dtype)
    x = crop_to(x, shape[:2], name="crop")
    silent = {"kernel_size": 1, "use_bias": False, "kernel_initializer": "zeros"}
    outputs = [head(layers.Conv2D, latent_dim, name, **silent)(x) for name in ("heard", "said")]
    return down, Model(above, outputs, name="up")


def dense_group_encoder(
    input_shape, latent_dim, groups, widths=(512, 256), heads=("z",), dtype=None
):
    """Build an encoder of dense layers to a row of vectors.

    Args:
        input_shape, widths, heads, dtype: as in `dense_encoder`.
        latent_dim: entries of each vector.
        groups: how many vectors.

    Returns:
        A `keras.Model` from data to `(batch, groups, latent_dim)`, or a list of such.

    Example:

    >>> dense_group_encoder((30,), latent_dim=4, groups=6).output_shape
    (None, 6, 4)
    """
    latent_dim, groups = check_whole("latent_dim", latent_dim), check_whole("groups", groups)
    flat = dense_encoder(input_shape, groups * latent_dim, widths, heads, dtype)
    row = layers.Reshape((groups, latent_dim), dtype="float32", name="row")
    outputs = [row(output) for output in flat.outputs]
    return Model(flat.input, outputs if len(outputs) > 1 else outputs[0], name="encoder")


def dense_group_decoder(input_shape, latent_dim, groups, widths=(512, 256), dtype=None, numbers=1):
    """Build the decoder that mirrors `dense_group_encoder` of the same arguments.

    Args:
        input_shape, widths, dtype, numbers: as in `dense_decoder`.
        latent_dim, groups: as in `dense_group_encoder`.

    Returns:
        A `keras.Model` from `(batch, groups, latent_dim)` to raw parameters, float32.

    Example:

    >>> dense_group_decoder((30,), latent_dim=4, groups=6).input_shape
    (None, 6, 4)
    """
    latent_dim, groups = check_whole("latent_dim", latent_dim), check_whole("groups", groups)
    flat = dense_decoder(input_shape, groups * latent_dim, widths, dtype, numbers)
    z = Input((groups, latent_dim), name="row")
    joined = layers.Reshape((groups * latent_dim,), dtype="float32", name="joined")(z)
    return Model(z, flat(joined), name="decoder")
