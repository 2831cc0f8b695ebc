"""The networks of a deep hierarchy: convolutional residual blocks, up and down."""

import keras
from keras import Input, Model, layers

from keras_genae.networks.checks import check_whole, check_widths
from keras_genae.networks.conv import check_image_shape, crop_to, stage_options, stage_sizes
from keras_genae.networks.heads import head
from keras_genae.networks.hierarchy.deep_level import DeepLevel
from keras_genae.networks.hierarchy.learned_map import LearnedMap
from keras_genae.networks.hierarchy.top_down import TopDown

# Of the convolutions between the image and the largest maps. Between smaller maps there is one
# that only merges the places that become one: the blocks look around.
KERNEL = 4
ACTIVATION = "silu"
HEADS = ("mean", "log_var")
# The variance of a posterior's mean and log σ² at first, about those of the prior.
START = 0.01


def deep_networks(input_shape, latent_dim, widths, levels, numbers=1, dtype=None):
    """Build the encoder and the decoder of a deep hierarchy.

    The encoder makes smaller and smaller maps, as the stages of `conv_encoder` do, and gives the
    features of each size. The decoder begins at the smallest maps; each of its levels has a code of
    its size, and is made of bottleneck residual blocks.

    Args:
        input_shape: `(height, width, channels)`; height and width at least 8.
        latent_dim: channels of each level's code.
        widths: channels of the maps of each size, from the image inwards.
        levels: levels at each size, from the image inwards; at least one at the smallest.
        numbers: raw numbers for each entry of an image.
        dtype: Keras dtype policy of the layers; heads are float32 under each.

    Returns:
        (encoder, decoder): a `keras.Model` from images to the features of each size, the smallest
        first, and a `TopDown`.

    Raises:
        ValueError: on a shape or sizes that no network can be built from.

    Example:

    >>> encoder, decoder = deep_networks((28, 28, 1), 4, widths=(8, 16), levels=(1, 2))
    >>> encoder.output_shape, [level.latent_shape for level in decoder.levels]
    ([(None, 7, 7, 16), (None, 14, 14, 8)], [(7, 7, 4), (7, 7, 4), (14, 14, 4)])
    """
    input_shape = check_image_shape(input_shape)
    latent_dim, widths = check_whole("latent_dim", latent_dim), check_widths(widths)
    levels = check_levels(levels, len(widths))
    sizes = stage_sizes(input_shape, len(widths))
    maps = [(*size, width) for size, width in zip(sizes[1:], widths, strict=True)]
    net = _Builder(maps, latent_dim, 1.0 / sum(levels), dtype)

    image = x = Input(input_shape, name="image")
    features = []
    for i, width in enumerate(widths):
        options = stage_options(sizes[i], sizes[i + 1], 1 if i else KERNEL)
        x = net.conv(x, width, f"stage_{i + 1}", **options)
        for block in range(max(levels[i], 1)):
            x = net.residual(x, f"block_{i + 1}_{block + 1}")
        features.insert(0, x)
    encoder = Model(image, features, name="encoder")

    # The places of the levels, from the top down; and where each hands its maps on to.
    places = [i for i in reversed(range(len(widths))) for _ in range(levels[i])]
    built = [
        DeepLevel(
            (*maps[here][:2], latent_dim),
            f"level_{k + 1}",
            prior_network=net.prior(here) if k else None,
            posterior_network=net.posterior(here, is_top=k == 0),
            step_network=net.step(here, below, is_top=k == 0),
        )
        for k, (here, below) in enumerate(zip(places, [*places[1:], 0], strict=True))
    ]
    sources = [[len(widths) - 1 - here] for here in places]

    h = Input(maps[0], name="h")
    options = stage_options(sizes[0], sizes[1], KERNEL)
    # Patches that only touch would leave their grid in the picture.
    strides = options["strides"]
    options["kernel_size"] = tuple(
        2 * s if s > 2 else k for k, s in zip(options["kernel_size"], strides, strict=True)
    )
    x = layers.Activation(ACTIVATION, dtype=dtype, name="activation")(h)
    x = head(layers.Conv2DTranspose, numbers * input_shape[-1], "raw", **options)(x)
    last = Model(h, crop_to(x, sizes[0], name="crop"), name="last")
    return encoder, TopDown(built, sources, last)


def check_levels(levels, sizes):
    """`levels` as a tuple, one number for each size of maps; a single one is that of all."""
    if not isinstance(levels, (list, tuple)):
        levels = (check_whole("levels", levels),) * sizes
    levels = tuple(check_whole("levels[i]", count, smallest=0) for count in levels)
    if len(levels) != sizes or not levels[-1]:
        raise ValueError(
            "`levels` must hold the number of levels at each size of maps, one for each of "
            "`widths`, from the image inwards, the last of them above 0. "
            f"Received: levels={levels}, for {sizes} widths"
        )
    return levels


class _Builder:
    """The parts of a deep hierarchy.

    Args:
        maps: the shape of the maps at each place, from the image inwards.
        latent_dim: channels of the codes.
        branch: the variance of what each residual branch adds at first, as a share of its input's.
        dtype: Keras dtype policy of the layers.
    """

    def __init__(self, maps, latent_dim, branch, dtype):
        self.maps, self.latent_dim, self.branch, self.dtype = maps, latent_dim, branch, dtype

    def prior(self, place):
        """From h to the mean and log σ² of p(z|above), N(0, I) at first, and h with a residual."""
        h = Input(self.maps[place], name="h")
        x = self.bottleneck(h, h.shape[-1], "prior")
        mean, log_var = self.heads(x, kernel_initializer="zeros")
        added = self.conv(x, h.shape[-1], "added", 1, kernel_initializer="zeros")
        added = layers.Add(dtype=self.dtype, name="add")([h, added])
        return Model(h, [mean, log_var, added], name="prior_network")

    def posterior(self, place, is_top):
        """From h and the encoder's features to the mean and log σ² of q(z|x, above)."""
        shape = self.maps[place]
        x = Input(shape, name="features")
        seen = [x] if is_top else [Input(shape, name="h"), x]
        if not is_top:
            x = layers.Concatenate(dtype=self.dtype, name="join")(seen)
        x = self.bottleneck(x, shape[-1], "posterior")
        # Near the prior, or hundreds of maps' entries would cost a nat each before they say much.
        start = keras.initializers.VarianceScaling(START, "fan_in")
        return Model(seen, self.heads(x, kernel_initializer=start), name="posterior_network")

    def step(self, place, below, is_top):
        """From h and z to h with z added, and a residual; on the maps of the next level."""
        shape = self.maps[place]
        z = Input((*shape[:2], self.latent_dim), name="z")
        if is_top:
            seen, x = [z], self.conv(z, shape[-1], "of_z", 1)
            x = LearnedMap(dtype=self.dtype, name="positions")(x)
        else:
            h = Input(shape, name="h")
            of_z = self.conv(z, shape[-1], "of_z", 1, kernel_initializer=self.weak())
            seen, x = [h, z], layers.Add(dtype=self.dtype, name="add")([h, of_z])
        x = self.residual(x, "block")
        for larger in reversed(range(below, place)):
            x = self.grown(x, larger)
            if larger > below:  # A size without a level of its own.
                x = self.residual(x, f"block_{larger + 1}")
        return Model(seen, x, name="step_network")

    def grown(self, x, place):
        """Maps enlarged to the next size: each number is repeated."""
        height, width, channels = self.maps[place]
        if x.shape[-1] != channels:
            x = self.conv(x, channels, f"narrow_{place + 1}", 1)
        factors = tuple(-(-a // b) for a, b in zip((height, width), x.shape[1:3], strict=True))
        x = layers.UpSampling2D(factors, dtype=self.dtype, name=f"up_{place + 1}")(x)
        x = crop_to(x, (height, width), name=f"crop_{place + 1}")
        return LearnedMap(dtype=self.dtype, name=f"positions_{place + 1}")(x)

    def residual(self, x, name):
        """x with a residual branch added."""
        branch = self.bottleneck(x, x.shape[-1], name)
        branch = self.conv(branch, x.shape[-1], f"{name}_out", 1, kernel_initializer=self.weak())
        return layers.Add(dtype=self.dtype, name=f"{name}_add")([x, branch])

    def bottleneck(self, x, width, name):
        """A narrow pass over the neighbourhood of each place: half of `width` channels."""
        for i, kernel in enumerate((1, 3), start=1):
            x = layers.Activation(ACTIVATION, dtype=self.dtype, name=f"{name}_{i}_in")(x)
            x = self.conv(x, max(width // 2, 1), f"{name}_{i}", kernel)
        return layers.Activation(ACTIVATION, dtype=self.dtype, name=f"{name}_last")(x)

    def heads(self, x, **options):
        """A mean and log σ² at each place."""
        return [
            head(layers.Conv2D, self.latent_dim, name, kernel_size=1, **options)(x)
            for name in HEADS
        ]

    def conv(self, x, width, name, kernel_size, **options):
        """A convolution."""
        options = {"padding": "same", "kernel_initializer": "he_normal", **options}
        return layers.Conv2D(width, kernel_size, dtype=self.dtype, name=name, **options)(x)

    def weak(self):
        """The start of a branch's last layer: all branches together are as strong as one."""
        return keras.initializers.VarianceScaling(self.branch, "fan_in")
