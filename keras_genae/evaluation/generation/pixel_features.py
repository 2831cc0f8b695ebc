"""What images look like as a whole, in few numbers."""

import numpy as np

from keras_genae.batches import in_batches
from keras_genae.evaluation.generation.pyramid import laplacian_pyramid
from keras_genae.evaluation.image_checks import as_unit_images
from keras_genae.networks.checks import check_whole

# More images to find the components in take long, and change them little.
FITTED = 2000
# Components with less variance than this, relative to the first, are rounding.
SLACK = 1e-6
# Pixels that differ by less are equal.
ROUNDING = 1e-6


class PixelFeatures:
    """An image's coordinates in the principal components of the real ones, and its contrasts.

    The components say what an image shows as a whole: where it is light and dark, of which colours.
    What they leave out is fine, and is summed up by the contrast at each resolution: the root mean
    square of each level of the image's Laplacian pyramid. All are in one unit, the standard
    deviation of the real images' pixels, so that differences count as much as they are visible.

    Features of a network saturate, so that gaudy blobs may pass for sharp pictures; these numbers
    are as far off as the pixels are. They are of one set of real images: compare distances only
    where that set is the same.

    Args:
        images: real images `(n, height, width, channels)`, floats in [0, 1] or uint8, two or more.
            At most 2,000 of them, evenly chosen, are looked at.
        count: the most components to take. There are no more than the images or their variety give.

    Raises:
        ValueError: on what are no images in [0, 1], or images that are all equal.

    Example:

    >>> import numpy as np
    >>> images = np.random.default_rng(0).uniform(size=(50, 28, 28, 1))
    >>> PixelFeatures(images, count=10)(images).shape       # contrasts at 28, 14, 7 pixels
    (50, 13)
    """

    def __init__(self, images, count=64):
        from sklearn.decomposition import PCA

        count = check_whole("count", count)
        images = as_unit_images(images[:: max(1, -(-len(images) // FITTED))], "images")
        rows = images.reshape(len(images), -1)
        if np.ptp(rows, axis=0).max() < ROUNDING:
            raise ValueError(
                "Images that are all equal have no principal components. Distances are measured in "
                f"what varies among the real images. Received: {len(rows)} equal images"
            )
        most = min(count, len(rows) - 1, rows.shape[1])
        found = PCA(most, random_state=0).fit(rows)  # Its solver for many images begins at random.
        variances = found.explained_variance_
        self.shape = images.shape[1:]
        self.mean = found.mean_
        self.vectors = found.components_[variances > SLACK * variances[0]]
        self.pixel_deviation = np.sqrt(np.var(rows, axis=0, dtype="float64").mean())
        self.name = f"{len(self.vectors)} principal components and the contrasts of the pixels"

    def __call__(self, images, batch_size=128, verbose="auto"):
        """The features of images.

        Args:
            images: array `(n, height, width, channels)`, floats in [0, 1] or uint8.
            batch_size, verbose: as in `RandomFeatures`.

        Returns:
            float32 array `(n, components + levels)`.

        Raises:
            ValueError: on what are no images in [0, 1], or of another shape.
        """
        return in_batches(self._of_batch, images, batch_size, verbose)

    def _of_batch(self, images):
        images = as_unit_images(images, "images")
        if images.shape[1:] != self.shape:
            raise ValueError(
                "The images must have the shape of those that the components were found in. "
                f"Received: images.shape={images.shape}, for images of {self.shape}"
            )
        rows = images.reshape(len(images), -1) - self.mean
        # Per pixel: a picture that is off by as much everywhere is as far off at any size.
        coordinates = rows @ self.vectors.T / np.sqrt(rows.shape[1])
        levels = laplacian_pyramid(images)
        contrasts = [np.sqrt(np.mean(np.square(x), axis=(1, 2, 3))) for x in levels]
        features = np.concatenate([coordinates, np.stack(contrasts, axis=1)], axis=1)
        return (features / self.pixel_deviation).astype("float32")
