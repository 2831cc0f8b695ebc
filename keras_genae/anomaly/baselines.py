"""Scores that know nothing of a model: what a model must beat to have learnt anything."""

import zlib

import numpy as np

from keras_genae.networks.checks import check_whole
from keras_genae.pixels import check_pictures


def compressed_size(images):
    """Bytes of each image when compressed losslessly: how complex it is.

    Args:
        images: `(n, height, width, channels)`, floats in [0, 1] or uint8.

    Returns:
        float array `(n,)`, in bytes.

    Raises:
        ValueError: where `images` are no pictures.

    Example:

    >>> import numpy as np
    >>> noise = np.random.default_rng(0).integers(0, 256, (1, 8, 8, 1), dtype="uint8")
    >>> bool(compressed_size(np.zeros((1, 8, 8, 1)))[0] < compressed_size(noise)[0])
    True

    Reference:
        Serrà et al., "Input Complexity and Out-of-distribution Detection with Likelihood-based
        Generative Models", 2020.
    """
    images = check_pictures(images, "images")
    if images.dtype != np.uint8:
        images = np.rint(255.0 * np.clip(images, 0.0, 1.0)).astype("uint8")
    sizes = [len(zlib.compress(np.ascontiguousarray(image), 9)) for image in images]
    return np.array(sizes, "float64")


def energy(x):
    """The sum of squares of each example: of an image, how much light there is in it.

    Args:
        x: array `(n, ...)`; bytes of images become [0, 1].

    Returns:
        float array `(n,)`.

    Example:

    >>> import numpy as np
    >>> energy(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [25.0, 0.0]
    """
    return np.sum(np.square(_flat(x), dtype="float64"), axis=1)


def pca_error(training, x, components=16):
    """The mean squared error of the best linear autoencoder of the training data.

    Args:
        training: array of normal examples `(m, ...)`.
        x: array of examples to score `(n, ...)`.
        components: how many numbers stand for an example; at most as many as there are features.

    Returns:
        float array `(n,)`, in squared units of the data, mean over its entries.

    Raises:
        ValueError: where the examples differ in shape.

    Example:

    >>> import numpy as np
    >>> line = np.arange(6.0)[:, None] * [[1.0, 2.0]]
    >>> error = pca_error(line, np.array([[2.0, 4.0], [2.0, -1.0]]), components=1)
    >>> [round(float(value), 3) for value in error]
    [0.0, 2.5]
    """
    training, x = _flat(training), _flat(x)
    if training.shape[1] != x.shape[1]:
        raise ValueError(
            "The examples must have the shape of the training data. Received: "
            f"{training.shape[1]} entries in `training`, {x.shape[1]} in `x`"
        )
    components = check_whole("components", min(components, training.shape[1]))
    mean = training.mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov(training, rowvar=False).reshape(x.shape[1], -1))
    basis = vectors[:, -components:].astype(x.dtype)  # Ascending eigenvalues: the last are largest.
    centred = x - mean
    return np.mean(np.square(centred - centred @ basis @ basis.T), axis=1, dtype="float64")


def _flat(x):
    """Floats `(n, entries)`; bytes of images as [0, 1]."""
    x = np.asarray(x)
    flat = x.reshape(len(x), -1)
    return flat / np.float32(255) if x.dtype == np.uint8 else flat.astype("float64", copy=False)
