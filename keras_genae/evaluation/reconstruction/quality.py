"""How close reconstructions come."""

import numpy as np
from keras import ops

from keras_genae.evaluation.reconstruction.psnr import psnr
from keras_genae.evaluation.reconstruction.ssim import ms_ssim, ssim
from keras_genae.models.data_checks import check_data


def reconstruction_mse(model, x, target=None, batch_size=128, verbose="auto", label=None):
    """The mean squared error of `model.reconstruct(x)`, per entry.

    Args:
        model: an autoencoder.
        x: array `(n, *input_shape)`, as `model.reconstruct` takes it.
        target: what should come back; `x` by default.
        batch_size, verbose, label: as in `model.reconstruct`.

    Returns:
        A float, in squared units of the data: of images in [0, 1], whatever their dtype was.

    Raises:
        ValueError: on data of the wrong shape, dtype or range, or a target that does not pair with
            `x`.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.Autoencoder((4,), latent_dim=2, widths=(3,), seed=0)
    >>> x = np.ones((8, 4), dtype="float32")
    >>> error = reconstruction_mse(model, x)
    >>> bool(np.isclose(error, np.mean((model.reconstruct(x) - x) ** 2)))
    True
    """
    return _means({"mse": _squared_error}, model, x, target, batch_size, verbose, label)["mse"]


def reconstruction_quality(model, x, target=None, batch_size=128, verbose="auto", label=None):
    """How close `model.reconstruct(x)` comes, by all measures there are, in one pass.

    Args:
        model: an autoencoder.
        x: array `(n, *input_shape)`, as `model.reconstruct` takes it.
        target: what should come back; `x` by default.
        batch_size, verbose, label: as in `model.reconstruct`.

    Returns:
        Dict of floats. `"mse"`: the mean squared error, as of `reconstruction_mse`. For images
        also means over the images of `"psnr"` in decibels (infinite where one comes back exactly),
        `"ssim"` and `"ms_ssim"`, 1 being best.

    Raises:
        ValueError: on data of the wrong shape, dtype or range, images smaller than 8×8, or a target
            that does not pair with `x`.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.ConvVAE((16, 16, 1), latent_dim=2, widths=(4,), seed=0)
    >>> x = np.random.default_rng(0).uniform(size=(8, 16, 16, 1)).astype("float32")
    >>> list(reconstruction_quality(model, x))
    ['mse', 'psnr', 'ssim', 'ms_ssim']
    """
    of_images = {"psnr": psnr, "ssim": ssim, "ms_ssim": ms_ssim} if model.is_image else {}
    measures = {"mse": _squared_error, **of_images}
    return _means(measures, model, x, target, batch_size, verbose, label)


def _squared_error(a, b):
    axes = tuple(range(1, a.ndim))
    return np.mean(np.square(a - b, dtype="float64"), axis=axes)


def _means(measures, model, x, target, batch_size, verbose, label):
    """The mean over all examples of each measure of a target and its reconstruction."""
    name = "x" if target is None else "target"
    target = x if target is None else target
    check_data(target, model.input_shape, model.target_values, name)
    if len(target) != len(x):
        raise ValueError(
            "Each example of `x` is compared with one of `target`. "
            f"Received: {len(x)} and {len(target)} examples"
        )
    if model.condition is not None:
        label = model.condition.numbers(label, len(x))
    values = {name: [] for name in measures}
    # A stretch at a time: as floats, a large set of images is four times as large as in bytes.
    for start in range(0, len(x), 64 * batch_size):
        stretch = slice(start, start + 64 * batch_size)
        labels = label if model.condition is None else label[stretch]
        reconstructed = model.reconstruct(x[stretch], labels, batch_size, verbose)
        truth = ops.convert_to_numpy(model.to_float(target[stretch]))
        for name, measure in measures.items():
            values[name].append(measure(truth, reconstructed))
    return {name: float(np.mean(np.concatenate(parts))) for name, parts in values.items()}
