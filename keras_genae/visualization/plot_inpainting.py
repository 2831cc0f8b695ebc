"""Pictures with holes, and what a model fills them with."""

import numpy as np
from matplotlib.colors import to_rgb

from keras_genae.pixels import as_pixels, check_whole_number
from keras_genae.visualization._panels import PALETTE, labelled_rows

# Of holes: in no picture of grey, and not in many others.
HOLE = np.round(255 * np.array(to_rgb(PALETTE[0]))).astype("uint8")


def plot_inpainting(images, mask, filled, title=None, count=10):
    """Draw images over the same with holes, and over what a model filled them with.

    Args:
        images: array of shape `(n, height, width, channels)`, floats in [0, 1] or uint8. What they
            hold in the holes is drawn in the first row: for images that never had it, give 0.
        mask: which pixels are missing, bools `(n, height, width)`, or `(height, width)` for all, as
            for `model.reconstruct(images, mask=mask)`. They are drawn in blue.
        filled: array of the shape of `images`, as that returns it.
        title: the figure's title.
        count: how many images to draw, at most.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where the arrays are no pictures, or differ in shape.

    Example:

    >>> import numpy as np
    >>> images, hole = np.full((4, 28, 28, 1), 0.5), np.zeros((28, 28), bool)
    >>> hole[10:18, 10:18] = True
    >>> figure = plot_inpainting(images, hole, images)
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['Original', 'Holes', 'Filled']
    """
    check_whole_number("count", count, least=1)
    shown = slice(count)
    originals = as_pixels(images[shown], "images")
    mask, shape = np.asarray(mask), np.shape(images)[:3]
    if mask.dtype != bool or mask.shape not in (shape, shape[1:]):
        raise ValueError(
            f"`mask` must hold bools of shape {shape}, or {shape[1:]} for all images. "
            f"Received: mask of {mask.dtype} and shape {mask.shape}"
        )
    mask = np.broadcast_to(mask, shape)[shown, ..., None]
    rows = {
        "images": ("Original", originals),
        "holes": ("Holes", np.where(mask, HOLE, originals)),
        "filled": ("Filled", as_pixels(filled[shown], "filled")),
    }
    return labelled_rows(rows, title, count)
