"""What features of a sparse dictionary stand for: the pictures that fire them most."""

import numpy as np
from matplotlib.patches import Rectangle

from keras_genae.pixels import as_pixels, check_pictures, gap_between
from keras_genae.visualization._panels import PALETTE, picture_grid

MARKED = "Framed: the position that fires."


def plot_features(images, explanations, names=None, title=None):
    """Draw the pictures that fire features most: a row a feature, the strongest first.

    Args:
        images: array of shape `(n, height, width, channels)`, floats in [0, 1] or uint8: the inputs
            that the explanations are indices of.
        explanations: list of `Explanation`, as `model.explain(features, activations)` returns it.
            Where they know the position in a map, it is framed.
        names: a text for each feature, such as the class it fires for, behind its index.
        title: the figure's title.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: where there is no feature that anything fires, or `names` are not as many.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> x = np.random.default_rng(0).random((50, 16)).astype("float32")
    >>> model = genae.TopKSAE((16,), latent_dim=32, k=4, seed=0)
    >>> found = model.explain(np.arange(3), x, count=4, verbose=0)
    >>> figure = plot_features(x.reshape(-1, 4, 4, 1), found, names=["a", "b", "c"])
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['0: a', '1: b', '2: c']
    """
    explanations = list(explanations)
    columns = max((len(e.inputs) for e in explanations), default=0)
    if columns == 0:
        raise ValueError(
            "There is nothing to draw: no input fires any of the features. "
            f"Received: {len(explanations)} explanations"
        )
    if names is not None and len(names) != len(explanations):
        raise ValueError(
            "Argument `names` must hold a name for each feature. "
            f"Received: {len(names)} names for {len(explanations)} features"
        )
    images = check_pictures(images, "images")
    # White where a feature has fewer pictures than another.
    shape = (len(explanations), columns, *images.shape[1:3], 3)
    pictures = np.full(shape, 255, "uint8")
    for row, explanation in enumerate(explanations):
        if len(explanation.inputs):
            chosen = as_pixels(images[explanation.inputs], "images")
            pictures[row, : len(chosen)] = chosen
    labels = [str(e.feature) for e in explanations]
    if names is not None:
        labels = [f"{label}: {name}" for label, name in zip(labels, names, strict=True)]
    has_places = any(len(e.map_shape) == 2 for e in explanations)
    figure, axes = picture_grid(
        pictures.reshape(-1, *pictures.shape[2:]),
        columns,
        title,
        row_labels=labels,
        caption=MARKED if has_places else None,
    )
    for row, explanation in enumerate(explanations):
        if len(explanation.map_shape) == 2:
            _frame_positions(axes, row, explanation, pictures.shape[2:4])
    return figure


def _frame_positions(axes, row, explanation, size):
    """A frame around the part of each picture that a position of the map lies over."""
    gap = gap_between(np.empty((1, *size, 3)))
    cell = np.array(size) / explanation.map_shape  # Height and width.
    for column, position in enumerate(explanation.positions):
        top, left = (np.array(size) + gap) * (row, column) + position * cell - 0.5
        axes.add_patch(
            Rectangle((left, top), cell[1], cell[0], fill=False, edgecolor=PALETTE[1], linewidth=1)
        )
