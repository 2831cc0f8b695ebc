"""Where in an image the oddity lies."""

import numpy as np
from keras import ops

from keras_genae.pixels import check_pictures

# σ of the blur, as a share of the shorter side: a pixel alone says little, its surroundings more.
BLUR = 0.04
# A pixel that never varies has next to no error to compare with: a share of the mean is added.
FLOOR = 0.1


class HeatMap:
    """The squared error of each pixel, over what is usual for it among normal images.

    1 is the usual error at that place; edges that every reconstruction blurs do not light up, a
    blot on a background that is always rendered well does.

    `fit` it on normal images that the model was not trained on, then call it.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.ConvAE((8, 8, 1), latent_dim=2, widths=(4,), seed=0)
    >>> normal = np.full((10, 8, 8, 1), 0.5, "float32")
    >>> odd = normal[:1].copy()
    >>> odd[:, 2:4, 5:7] = 1.0
    >>> heat = HeatMap().fit(model, normal)(model, odd)[0]
    >>> row, column = np.unravel_index(heat.argmax(), heat.shape)
    >>> bool(row in (2, 3) and column in (5, 6))
    True
    """

    def fit(self, model, x, batch_size=128, verbose="auto"):
        """Find the usual error of each pixel.

        Args:
            model: a model of images.
            x: array of normal images `(n, height, width, channels)`.
            batch_size, verbose: as in `model.encode`.

        Returns:
            This object.

        Raises:
            ValueError: where `x` are no images.
        """
        error = smooth_error(model, x, batch_size, verbose)
        usual = np.mean(error, axis=0, dtype="float64")
        tiny = np.finfo("float32").tiny
        self.usual = (usual + FLOOR * usual.mean() + tiny).astype("float32")
        return self

    def __call__(self, model, x, batch_size=128, verbose="auto"):
        """The maps, float32 `(n, height, width)`; 1 is usual."""
        return smooth_error(model, x, batch_size, verbose) / self.usual


def smooth_error(model, x, batch_size=128, verbose="auto"):
    """Squared error of each pixel, mean over channels, blurred: float32 `(n, height, width)`."""
    from scipy import ndimage

    x = check_pictures(x, "x")
    truth = ops.convert_to_numpy(model.to_float(x))
    squared = np.square(
        truth - np.asarray(model.reconstruct(x, batch_size=batch_size, verbose=verbose), "float32")
    )
    squared = squared.mean(axis=-1)
    sigma = BLUR * min(squared.shape[1:])
    return ndimage.gaussian_filter(squared, (0.0, sigma, sigma))
