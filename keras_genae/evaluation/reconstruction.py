"""How close reconstructions come."""

import numpy as np
from keras import ops


def reconstruction_mse(model, x, target=None, batch_size=128, verbose="auto"):
    """The mean squared error of `model.reconstruct(x)`, per entry.

    Args:
        model: an autoencoder.
        x: array `(n, *input_shape)`, as `model.reconstruct` takes it.
        target: what should come back; `x` by default.
        batch_size, verbose: as in `model.reconstruct`.

    Returns:
        A float, in squared units of the data: of images in [0, 1], whatever their dtype was.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.Autoencoder((4,), latent_dim=2, widths=(3,), seed=0)
    >>> x = np.ones((8, 4), dtype="float32")
    >>> error = reconstruction_mse(model, x)
    >>> bool(np.isclose(error, np.mean((model.reconstruct(x) - x) ** 2)))
    True
    """
    target = x if target is None else target
    starts = range(0, len(x), 64 * batch_size)
    # A stretch at a time: as floats, a large set of images is four times as large as in bytes.
    total = 0.0
    for start in starts:
        stretch = slice(start, start + 64 * batch_size)
        reconstructed = model.reconstruct(x[stretch], batch_size, verbose)
        truth = ops.convert_to_numpy(model.to_float(target[stretch]))
        total += float(np.sum(np.square(reconstructed - truth), dtype="float64"))
    return total / (len(x) * int(np.prod(model.input_shape)))
