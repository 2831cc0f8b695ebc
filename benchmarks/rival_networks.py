"""The networks that pythae ships, as lists of layers, made in Keras and in PyTorch.

Images are 28×28 (MNIST) or 64×64 (CelebA). A layer is a tuple of its name and its sizes:

    ("dense", units)
    ("conv", filters, kernel, stride, padding)
    ("up", filters, kernel, stride, padding, output_padding), a transposed convolution
    ("norm",), ("relu",), ("sigmoid",), ("flatten",), ("reshape", channels, side)
    ("res", filters): x + conv 1×1 (relu (conv 3×3 of so many filters (relu x)))

Decoders end with raw logits: the sigmoid of pythae's stands in its own loss.
"""

import dataclasses

LATENT_DIM = 16
# PyTorch's, for both: Keras's are 1e-3 and 0.99.
EPSILON, MOMENTUM = 1e-5, 0.9


@dataclasses.dataclass(frozen=True)
class Networks:
    """An encoder's trunk, to which two heads of `LATENT_DIM` units belong, and a decoder."""

    input_shape: tuple
    trunk: list
    decoder: list
    # Its module and the form of its class names in pythae; empty for its default MLP.
    pythae: str


def halving(filters):
    """A convolution by 4×4 to half the size, a norm and a rectifier."""
    return [("conv", filters, 4, 2, 1), ("norm",), ("relu",)]


def doubling(filters, *sizes):
    """A transposed convolution, a norm and a rectifier."""
    return [("up", filters, *sizes), ("norm",), ("relu",)]


CONVOLUTIONS = [layer for filters in (128, 256, 512, 1024) for layer in halving(filters)]
SHRINKING = [("conv", 64, 4, 2, 1), ("conv", 128, 4, 2, 1), ("conv", 128, 3, 2, 1)]
BLOCKS = [("res", 32), ("res", 32)]
MNIST, FACES = (28, 28, 1), (64, 64, 3)

NETWORKS = {
    "mlp_mnist": Networks(
        MNIST,
        [("flatten",), ("dense", 512), ("relu",)],
        [("dense", 512), ("relu",), ("dense", 784), ("reshape", 1, 28)],
        "",
    ),
    "conv_mnist": Networks(
        MNIST,
        [*CONVOLUTIONS, ("flatten",)],
        [
            ("dense", 1024 * 4 * 4),
            ("reshape", 1024, 4),
            *doubling(512, 3, 2, 1, 0),
            *doubling(256, 3, 2, 1, 1),
            ("up", 1, 3, 2, 1, 1),
        ],
        "mnist.{}_Conv_{}_MNIST",
    ),
    "resnet_mnist": Networks(
        MNIST,
        [*SHRINKING, *BLOCKS, ("flatten",)],
        [
            ("dense", 128 * 4 * 4),
            ("reshape", 128, 4),
            ("up", 128, 3, 2, 1, 0),
            *BLOCKS,
            ("relu",),
            ("up", 64, 3, 2, 1, 1),
            ("relu",),
            ("up", 1, 3, 2, 1, 1),
        ],
        "mnist.{}_ResNet_{}_MNIST",
    ),
    "conv_celeba": Networks(
        FACES,
        [*CONVOLUTIONS, ("flatten",)],
        [
            ("dense", 1024 * 8 * 8),
            ("reshape", 1024, 8),
            *doubling(512, 5, 2, 2, 0),
            *doubling(256, 5, 2, 1, 0),
            *doubling(128, 5, 2, 2, 1),
            ("up", 3, 5, 1, 1, 0),
        ],
        "celeba.{}_Conv_{}_CELEBA",
    ),
    "resnet_celeba": Networks(
        FACES,
        [*SHRINKING, ("conv", 128, 3, 2, 1), *BLOCKS, ("flatten",)],
        [
            ("dense", 128 * 4 * 4),
            ("reshape", 128, 4),
            ("up", 128, 3, 2, 1, 0),
            *BLOCKS,
            ("up", 128, 5, 2, 1, 0),
            ("sigmoid",),
            ("up", 64, 5, 2, 1, 1),
            ("up", 3, 4, 2, 1, 0),
        ],
        "celeba.{}_ResNet_{}_CELEBA",
    ),
}


def keras_networks(networks):
    """The encoder, with its two heads, and the decoder."""
    import keras
    from keras import layers

    image, z = keras.Input(networks.input_shape), keras.Input((LATENT_DIM,))
    h = in_keras(image, networks.trunk)
    heads = [layers.Dense(LATENT_DIM)(h) for _ in range(2)]
    return keras.Model(image, heads), keras.Model(z, in_keras(z, networks.decoder))


def in_keras(x, specification):
    """x through layers of Keras."""
    from keras import layers

    for name, *sizes in specification:
        if name == "dense":
            x = layers.Dense(*sizes)(x)
        elif name == "conv":
            x = keras_conv(x, *sizes)
        elif name == "up":
            x = keras_up(x, *sizes)
        elif name == "norm":
            x = layers.BatchNormalization(epsilon=EPSILON, momentum=MOMENTUM)(x)
        elif name == "reshape":
            channels, side = sizes
            x = layers.Reshape((side, side, channels))(x)
        elif name == "res":
            h = keras_conv(layers.ReLU()(x), *sizes, 3, 1, 1)
            x = x + keras_conv(layers.ReLU()(h), x.shape[-1], 1, 1, 0)
        else:
            x = {
                "flatten": layers.Flatten(),
                "relu": layers.ReLU(),
                "sigmoid": layers.Activation("sigmoid"),
            }[name](x)
    return x


def keras_conv(x, filters, kernel, stride, padding):
    """A convolution; where Keras pads to the same size by itself, one side may get more."""
    from keras import layers

    size = x.shape[1]
    padded = padding and (size + 2 * padding - kernel) // stride + 1 == -(-size // stride)
    if padding and not padded:
        x = layers.ZeroPadding2D(padding)(x)
    return layers.Conv2D(filters, kernel, stride, padding="same" if padded else "valid")(x)


def keras_up(x, filters, kernel, stride, padding, output_padding):
    """A transposed convolution; what it cuts off at the right it may cut off at the left."""
    from keras import layers

    size = (x.shape[1] - 1) * stride + kernel - 2 * padding + output_padding
    if size == x.shape[1] * stride and kernel - stride == 2 * padding - output_padding:
        return layers.Conv2DTranspose(filters, kernel, stride, padding="same")(x)
    if kernel // 2 == padding:
        return layers.Conv2DTranspose(
            filters, kernel, stride, padding="same", output_padding=output_padding
        )(x)
    x = layers.Conv2DTranspose(filters, kernel, stride)(x)
    cut = padding, padding - output_padding
    return layers.Cropping2D((cut, cut))(x)


def torch_networks(networks):
    """The trunk, its number of features, and the decoder."""
    import torch

    height, width, channels = networks.input_shape
    trunk = in_torch(networks.trunk, channels, networks.input_shape)
    with torch.no_grad():
        features = trunk.eval()(torch.zeros(1, channels, height, width)).shape[1]
    return trunk.train(), features, in_torch(networks.decoder, LATENT_DIM, networks.input_shape)


def in_torch(specification, channels, input_shape):
    """A `torch.nn.Sequential`, of what has so many channels, or units."""
    from torch import nn

    parts, side = [], input_shape[0]
    for name, *sizes in specification:
        if name == "dense":
            parts.append(nn.Linear(channels, sizes[0]))
            channels = sizes[0]
        elif name == "conv":
            filters, kernel, stride, padding = sizes
            parts.append(nn.Conv2d(channels, filters, kernel, stride, padding))
            channels, side = filters, (side + 2 * padding - kernel) // stride + 1
        elif name == "up":
            filters, kernel, stride, padding, output_padding = sizes
            parts.append(
                nn.ConvTranspose2d(channels, filters, kernel, stride, padding, output_padding)
            )
            channels = filters
        elif name == "norm":
            parts.append(nn.BatchNorm2d(channels))
        elif name == "reshape":
            channels, side = sizes
            parts.append(nn.Unflatten(1, (channels, side, side)))
        elif name == "res":
            parts.append(residual(channels, *sizes))
        elif name == "flatten":
            parts.append(nn.Flatten())
            channels *= side * side
        else:
            parts.append({"relu": nn.ReLU(), "sigmoid": nn.Sigmoid()}[name])
    return nn.Sequential(*parts)


def residual(channels, filters):
    """The block of residual networks."""
    from torch import nn

    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.path = nn.Sequential(
                nn.ReLU(),
                nn.Conv2d(channels, filters, 3, padding=1),
                nn.ReLU(),
                nn.Conv2d(filters, channels, 1),
            )

        def forward(self, x):
            return x + self.path(x)

    return Residual()
