"""Fixed features of images: their edges, and their colours."""

import numpy as np
from keras import Input, Model, layers

from keras_genae.networks.checks import check_input_shape

DIRECTIONS = 8
SIZE = 5  # pixels, of the filters
SIGMA = 1.0  # pixels
MOST_SCALES = 3
# A scale has at least this many pixels in height and width.
SMALLEST = 8


def edge_features(input_shape):
    """Build a network that says where edges are and which way they face, at up to three scales.

    Derivatives of a Gaussian in eight directions, each rectified, so that a bright side has its own
    map, and averaged over 2 × 2 pixels, so that an edge that is moved by one is nearly the same;
    of the image, of half its size and of a quarter; and its colours, averaged over 4 × 4 pixels.
    An edge from 0 to 1 gives 1. All is written down here: nothing was trained, nothing is loaded.

    Args:
        input_shape: `(height, width, channels)`, height and width from 8 up.

    Returns:
        A `keras.Model` from images to a list of maps; its weights are not trainable.

    Raises:
        ValueError: on a shape that is none of an image, or one smaller than 8 × 8.

    Example:

    >>> [tuple(output.shape) for output in edge_features((32, 32, 1)).outputs]
    [(None, 14, 14, 8), (None, 6, 6, 8), (None, 2, 2, 8), (None, 8, 8, 1)]

    Reference:
        Dalal & Triggs, "Histograms of Oriented Gradients for Human Detection", 2005 (the idea to
        count edges by direction in cells).
    """
    input_shape = check_input_shape(input_shape)
    if len(input_shape) != 3 or min(input_shape[:2]) < SMALLEST:
        raise ValueError(
            f"Edges are of images of {SMALLEST} × {SMALLEST} pixels or more. "
            f"Received: input_shape={input_shape}"
        )
    kernel = np.tile(edge_filters()[:, :, None], (1, 1, input_shape[-1], 1))

    image = x = Input(input_shape, name="image")
    outputs = []
    for scale in range(MOST_SCALES):
        if min(x.shape[1:3]) < SMALLEST:
            break
        edges = layers.DepthwiseConv2D(
            SIZE,
            depth_multiplier=DIRECTIONS,
            activation="relu",
            use_bias=False,
            name=f"edges_{scale + 1}",
        )
        outputs.append(layers.AveragePooling2D(2, name=f"cells_{scale + 1}")(edges(x)))
        edges.set_weights([kernel])
        x = layers.AveragePooling2D(2, name=f"half_{scale + 1}")(x)
    outputs.append(layers.AveragePooling2D(4, name="colours")(image))
    network = Model(image, outputs, name="edge_features")
    network.trainable = False
    return network


def edge_filters():
    """Derivatives of a Gaussian, one for each direction, `(SIZE, SIZE, DIRECTIONS)`."""
    offsets = np.arange(SIZE) - SIZE // 2
    y, x = np.meshgrid(offsets, offsets, indexing="ij")
    angles = 2.0 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    along = x[..., None] * np.cos(angles) + y[..., None] * np.sin(angles)
    filters = along * np.exp(-0.5 * (x**2 + y**2) / SIGMA**2)[..., None]
    return (filters / (0.5 * np.abs(filters).sum(axis=(0, 1)))).astype("float32")
