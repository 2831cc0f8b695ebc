"""Patches of images at all resolutions, and how far apart those of two sets are."""

import numpy as np

from keras_genae.batches import in_batches
from keras_genae.evaluation.generation.pyramid import SMALLEST_LEVEL, laplacian_pyramid
from keras_genae.evaluation.image_checks import as_unit_images

PATCH_SIZE = SMALLEST_LEVEL
# Patches an image at each level are this squared; one lies in each cell of a grid.
GRID = 4
DIRECTIONS = 128


class PatchProjections:
    """What patches of an image show at each resolution, seen along random directions.

    Patches of 7 × 7 pixels are cut from each level of the image's Laplacian pyramid, at sixteen
    places that are the same for all images. At the finest level they show texture, at the coarsest
    most of the picture. Each is projected on 128 random directions.

    Args:
        seed: of the places and the directions. Distances compare under one seed only.

    Example:

    >>> import numpy as np
    >>> images = np.random.default_rng(0).uniform(size=(5, 28, 28, 1))
    >>> PatchProjections()(images).shape       # levels of 28, 14 and 7 pixels
    (5, 3, 16, 128)
    """

    def __init__(self, seed=0):
        self.seed = seed
        self.name = f"patches of Laplacian pyramids (seed {seed})"

    def __call__(self, images, batch_size=128, verbose="auto"):
        """The projected patches.

        Args:
            images: array `(n, height, width, channels)`, floats in [0, 1] or uint8, from 8 × 8 up.
            batch_size: images at a time.
            verbose: as in `RandomFeatures`.

        Returns:
            float32 array `(n, levels, 16, 128)`.

        Raises:
            ValueError: on what are no images in [0, 1], or images smaller than 8 × 8.
        """
        return in_batches(self._of_batch, images, batch_size, verbose)

    def _of_batch(self, images):
        rng = np.random.default_rng(self.seed)
        levels = laplacian_pyramid(as_unit_images(images, "images"))
        return np.stack([_projected(level, rng) for level in levels], axis=1)


def sliced_wasserstein_distance(real, generated):
    """How far projected patches of one set must be moved to become those of another.

    Along one direction the Wasserstein distance is the mean difference of the sorted values. This
    is its mean over directions and levels.

    Args:
        real, generated: `(n, levels, patches, directions)` and `(m, levels, patches, directions)`,
            as `PatchProjections` gives them.

    Returns:
        A float, in units of the pixels' range: 0 where the patches are the same.

    Example:

    >>> import numpy as np
    >>> patches = np.random.default_rng(0).normal(size=(50, 2, 16, 4))
    >>> round(sliced_wasserstein_distance(patches, patches + 0.5), 6)
    0.5
    """
    levels = range(real.shape[1])
    return float(np.mean([_of_level(real[:, i], generated[:, i]) for i in levels]))


def patch_distance(real, generated, seed=0, batch_size=128, verbose="auto"):
    """How far the details of generated images are from those of real ones, from fine to coarse.

    The sliced Wasserstein distance between patches of the images' Laplacian pyramids. It sees
    noise, blur, wrong contrast, seams and ghosts. Patches are not normalised, as they are in the
    paper below, so that it sees wrong colours and contrasts too, and what is hardly visible counts
    little. It does not see where in the image a patch lies, nor copies of real images.

    Args:
        real, generated: arrays or datasets of images of one shape, floats in [0, 1] or uint8, from
            8 × 8 up, any number of channels.
        seed: of the places of the patches and of the directions.
        batch_size, verbose: as in `RandomFeatures`.

    Returns:
        A float, in units of the pixels' range. It is not 0 for other images of the same kind; fewer
        images make it larger. Compare by equal counts.

    Raises:
        ValueError: on what are no images in [0, 1], images smaller than 8 × 8 or of unlike shapes.

    Example:

    >>> import numpy as np
    >>> real, good = np.random.default_rng(0).uniform(0.3, 0.7, size=(2, 200, 16, 16, 1))
    >>> greyer = 0.5 + 0.8 * (good - 0.5)
    >>> patch_distance(real, good) < patch_distance(real, greyer)
    True

    Reference:
        Karras et al., "Progressive Growing of GANs for Improved Quality, Stability, and Variation",
        2018, section 5.
    """
    projections = PatchProjections(seed)
    real, generated = (projections(x, batch_size, verbose) for x in (real, generated))
    if real.shape[1:] != generated.shape[1:]:
        raise ValueError(
            "Real and generated images must be of one size. Received: pyramids of "
            f"{real.shape[1]} and {generated.shape[1]} levels"
        )
    return sliced_wasserstein_distance(real, generated)


def _projected(level, rng):
    """`(n, patches, directions)` of one level."""
    height, width, channels = level.shape[1:]
    directions = rng.standard_normal((PATCH_SIZE**2 * channels, DIRECTIONS))
    directions = (directions / np.linalg.norm(directions, axis=0)).astype("float32")
    rows, columns = np.indices((GRID, GRID)).reshape(2, -1)
    tops, lefts = _places(rows, height, rng), _places(columns, width, rng)
    patches = [
        level[:, top : top + PATCH_SIZE, left : left + PATCH_SIZE].reshape(len(level), -1)
        for top, left in zip(tops, lefts, strict=True)
    ]
    return np.stack(patches, axis=1) @ directions


def _places(cells, size, rng):
    """Where patches begin along one side of the image, anywhere in their cells of the grid."""
    room = size - PATCH_SIZE + 1
    return ((cells + rng.uniform(size=len(cells))) * room / GRID).astype(int)


def _of_level(real, generated):
    """Of projections `(n, patches, directions)` of one level."""
    # Sorting is much quicker along the last axis of memory.
    one, other = (
        np.sort(np.ascontiguousarray(x.reshape(-1, x.shape[-1]).T)) for x in (real, generated)
    )
    # Of the larger set as many values as the smaller has, evenly by their rank.
    count = min(one.shape[1], other.shape[1])
    ranks = (np.arange(count) + 0.5) / count
    one, other = (x[:, (ranks * x.shape[1]).astype(int)] for x in (one, other))
    return np.mean(np.abs(one - other), dtype="float64")
