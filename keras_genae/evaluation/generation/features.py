"""What distances between images are measured in: numbers that say what an image looks like."""

import os
import pathlib

import keras
import numpy as np
from keras import ops

from keras_genae.batches import in_batches
from keras_genae.evaluation.image_checks import as_unit_images

KERNEL_SIZE = 3
WIDTHS = (16, 16, 8)
# Each stage's output is averaged over the cells of a grid of this many rows and columns.
GRIDS = (1, 1, 2)

INCEPTION_SIZE = 299  # pixels
INCEPTION_FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"


class RandomFeatures:
    """64 numbers an image, from a small convolutional network that was never trained.

    Three stages, each at half the resolution of the one before, with random kernels (He et al.,
    2015) and rectifiers. The first two stages are averaged over the image, which tells textures and
    contrasts; the last over the four quarters, which tells what is where. Nothing
    is downloaded, images of any size from 8 × 8 up will do, grey ones are given three equal
    channels, and the kernels are the same with every backend and version.

    Networks trained on photographs see in digits, drawings or spectrograms what a photograph would
    show; for data that are not natural images the paper below argues for untrained ones. It takes
    a much larger network: this one is chosen to be quick.

    Distances in these features notice blur, noise, contrast, colours and misplaced parts, but they
    do not order samples as people do: draws with far too wide a spread, gaudy blobs, may come out
    nearer to faces than soft faces. `generation_quality` therefore measures in `PixelFeatures`.

    Args:
        seed: an int; another one draws another network. Distances compare under one seed only.

    Example:

    >>> import numpy as np
    >>> images = np.random.default_rng(0).uniform(size=(5, 28, 28, 1))
    >>> RandomFeatures()(images).shape
    (5, 64)

    Reference:
        Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models", 2020,
        on randomly initialised networks.
    """

    def __init__(self, seed=0):
        self.kernels = _random_kernels(seed)
        self.name = f"random convolutions (seed {seed})"

    def __call__(self, images, batch_size=128, verbose="auto"):
        """The features of images.

        Args:
            images: array `(n, height, width, channels)`, floats in [0, 1] or uint8, grey or
                colour.
            batch_size: images at a time.
            verbose: 1 shows a progress bar, 0 none; `"auto"` shows one where it takes long.

        Returns:
            float32 array `(n, 64)`.

        Raises:
            ValueError: on what are no grey or colour images in [0, 1], or images smaller than 8×8.
        """
        return in_batches(self._of_batch, images, batch_size, verbose)

    def _of_batch(self, images):
        x = ops.convert_to_tensor(2.0 * _in_colour(images) - 1.0)
        features = []
        for kernel, grid in zip(self.kernels, GRIDS, strict=True):
            if features:
                # Means would hardly tell a blurred image from a sharp one; a blur lowers maxima.
                x = ops.max_pool(x, 2, strides=2, data_format="channels_last")
            x = ops.relu(ops.conv(x, kernel, padding="same", data_format="channels_last"))
            cells = ops.adaptive_average_pool(x, grid, data_format="channels_last")
            features.append(ops.reshape(cells, (len(images), -1)))
        return ops.concatenate(features, axis=1)


def _random_kernels(seed):
    """One array a stage, `(3, 3, channels, filters)`."""
    rng = np.random.default_rng(seed)
    kernels, channels = [], 3
    for filters in WIDTHS:
        kernel = rng.standard_normal((KERNEL_SIZE, KERNEL_SIZE, channels, filters))
        scale = np.sqrt(2.0 / (KERNEL_SIZE**2 * channels))
        kernels.append((scale * kernel).astype("float32"))
        channels = filters
    return kernels


class InceptionFeatures:
    """2048 numbers an image, from Keras's Inception v3, which was trained on photographs.

    Images are resized to 299 × 299, grey ones given three equal channels. The weights are those of
    `keras.applications`. The FID and KID of papers use the weights of another Inception network, so
    that numbers differ from theirs: name the network beside the numbers, and compare only within
    one.

    The weights must be on disk; nothing is downloaded.

    Args:
        weights: path of the weights' file. By default that to which
            `keras.applications.InceptionV3(include_top=False)` downloads it.

    Raises:
        FileNotFoundError: where the file is not there.

    Example:

    ```python
    quality = generation_quality(photographs, model.sample(10_000), features=InceptionFeatures())
    ```

    Reference:
        Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
        Equilibrium", 2017.
    """

    name = "Inception (keras.applications)"

    def __init__(self, weights=None):
        path = pathlib.Path(weights or _keras_models() / INCEPTION_FILE)
        if not path.is_file():
            raise FileNotFoundError(
                "The weights of Inception v3 are not on this machine and not downloaded unasked. "
                "On a machine with a network run "
                "`keras.applications.InceptionV3(include_top=False)` once and copy the file, or "
                f"use `RandomFeatures`, which needs none. Received: no file {path}"
            )
        self.network = keras.applications.InceptionV3(
            include_top=False,
            weights=str(path),
            input_shape=(INCEPTION_SIZE, INCEPTION_SIZE, 3),
            pooling="avg",
        )

    def __call__(self, images, batch_size=128, verbose="auto"):
        """The features of images.

        Args:
            images: array `(n, height, width, channels)`, floats in [0, 1] or uint8, grey or
                colour.
            batch_size, verbose: as in `RandomFeatures`.

        Returns:
            float32 array `(n, 2048)`.

        Raises:
            ValueError: on what are no grey or colour images in [0, 1], or images smaller than 8×8.
        """
        return in_batches(self._of_batch, images, batch_size, verbose)

    def _of_batch(self, images):
        images = _in_colour(images)
        size = (INCEPTION_SIZE, INCEPTION_SIZE)
        images = ops.image.resize(images, size, antialias=True, data_format="channels_last")
        return self.network.predict_on_batch(2.0 * images - 1.0)


def _in_colour(images):
    """Images in [0, 1] with three channels."""
    images = as_unit_images(images, "images")
    if images.shape[-1] not in (1, 3):
        raise ValueError(
            "Features are taken of grey or colour images, with one channel or three. Pass your own "
            f"`features` for others. Received: images.shape={images.shape}"
        )
    return np.broadcast_to(images, (*images.shape[:-1], 3))


def _keras_models():
    home = os.environ.get("KERAS_HOME", "~/.keras")
    return pathlib.Path(home).expanduser() / "models"
