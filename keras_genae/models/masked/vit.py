"""Vision transformers: encoders of images to a token for each patch, and their decoders."""

import math

from keras import Input, Model, layers

# By their files: some of the other layers are made of networks.
from keras_genae.layers.joined_patches import JoinedPatches
from keras_genae.layers.patch_positions import PatchPositions
from keras_genae.layers.patches import Patches
from keras_genae.layers.transformer_block import TransformerBlock
from keras_genae.networks.checks import check_input_shape, check_whole, check_widths
from keras_genae.networks.heads import head

# The longer side of an image has about so many patches.
PATCHES_A_SIDE = 8
HEADS_OF_ATTENTION = 4
EPSILON = 1e-5


def vit_encoder(input_shape, latent_dim, width=64, depth=3, patch_size=None, dtype=None):
    """Build an encoder of images to tokens, one for each patch.

    Patches are embedded linearly, told where they lie, and go through transformer blocks, a last
    norm and a linear head.

    Args:
        input_shape: `(height, width, channels)`.
        latent_dim: entries of each token of the output.
        width: entries of a token in the blocks; an attention has four heads, or as many as
            divide both.
        depth: number of blocks.
        patch_size: height and width of a patch in pixels; by default an eighth of the longer side,
            rounded up. What it does not divide goes on with zeros.
        dtype: Keras dtype policy of the layers; the head is float32 under each.

    Returns:
        A `keras.Model` from images to `(batch, patches, latent_dim)`, a chain of layers.

    Raises:
        ValueError: on a shape or sizes that no network can be built from.

    Example:

    >>> vit_encoder((28, 28, 1), latent_dim=16, width=8, depth=1).output_shape
    (None, 49, 16)

    Reference:
        Dosovitskiy et al., "An Image is Worth 16x16 Words: Transformers for Image Recognition at
        Scale", 2021.
    """
    input_shape, patch_size = check_patches(input_shape, patch_size)
    latent_dim, (width,) = check_whole("latent_dim", latent_dim), check_widths((width,))

    image = Input(input_shape, name="image")
    cut = Patches(patch_size, dtype=dtype, name="patches")
    # Around mid-grey, what is black tells as much as what is white.
    x = layers.Rescaling(2.0, -1.0, dtype=dtype, name="centred")(image)
    x = layers.Dense(width, dtype=dtype, name="embedded")(cut(x))
    x = PatchPositions(*cut.grid((None, *input_shape)), dtype=dtype, name="positions")(x)
    x = blocks(x, depth, dtype)
    return Model(image, head(layers.Dense, latent_dim, "z")(x), name="encoder")


def vit_decoder(input_shape, latent_dim, width=32, depth=2, patch_size=None, dtype=None, numbers=1):
    """Build a decoder of tokens, one for each patch, to images.

    Args:
        input_shape: `(height, width, channels)` of the images to make.
        latent_dim: entries of each token.
        width, depth, patch_size, dtype: as in `vit_encoder`.
        numbers: raw numbers for each entry of an image.

    Returns:
        A `keras.Model` from `(batch, patches, latent_dim)` to raw parameters (logits), float32,
        `(batch, height, width, numbers · channels)`.

    Raises:
        ValueError: on a shape or sizes that no network can be built from.

    Example:

    >>> decoder = vit_decoder((45, 28, 3), latent_dim=16, width=8, depth=1)
    >>> decoder.input_shape, decoder.output_shape
    ((None, 40, 16), (None, 45, 28, 3))
    """
    input_shape, patch_size = check_patches(input_shape, patch_size)
    latent_dim, (width,) = check_whole("latent_dim", latent_dim), check_widths((width,))
    height_and_width, channels = input_shape[:2], numbers * input_shape[-1]
    joined = JoinedPatches(*height_and_width, patch_size, dtype="float32", name="joined")

    z = Input((math.prod(joined.grid), latent_dim), name="z")
    x = layers.Dense(width, dtype=dtype, name="embedded")(z)
    x = PatchPositions(*joined.grid, dtype=dtype, name="positions")(x)
    x = blocks(x, depth, dtype)
    # Behind a norm, a head of random weights would begin with pictures of noise.
    start = {"kernel_initializer": "zeros"}
    x = head(layers.Dense, patch_size**2 * channels, "raw", **start)(x)
    return Model(z, joined(x), name="decoder")


def blocks(x, depth, dtype):
    """x through transformer blocks, and a norm behind them."""
    heads = math.gcd(x.shape[-1], HEADS_OF_ATTENTION)
    for i in range(check_whole("depth", depth)):
        x = TransformerBlock(heads, dtype=dtype, name=f"block_{i + 1}")(x)
    return layers.LayerNormalization(epsilon=EPSILON, dtype=dtype, name="norm")(x)


def check_patches(input_shape, patch_size):
    """The shape of images, and the size of their patches, of which there are at least two."""
    shape = check_input_shape(input_shape)
    if len(shape) != 3:
        raise ValueError(
            "Patches are cut from images: `input_shape` must be (height, width, channels). "
            f"Received: input_shape={shape}"
        )
    if patch_size is None:
        patch_size = -(-max(shape[:2]) // PATCHES_A_SIDE)
    patch_size = check_whole("patch_size", patch_size)
    if patch_size >= max(shape[:2]):
        raise ValueError(
            "`patch_size` must be below the longer side of the image, so that there are at least "
            f"two patches. Received: patch_size={patch_size}, images of {shape[0]}×{shape[1]}"
        )
    return shape, patch_size
