"""Principal components: the linear autoencoder that any other has to beat."""

import numpy as np

from keras_genae.evaluation.latent_space.flat import flat_rows
from keras_genae.networks.checks import check_whole


def pca_codes(x_train, x_test, dim):
    """The first principal components of examples: latent vectors of the best linear autoencoder.

    Args:
        x_train: examples `(n, ...)` that the components are found in. Bytes become [0, 1].
        x_test: examples `(m, ...)` to encode.
        dim: how many components, the `latent_dim` of the model to compare with.

    Returns:
        float32 array `(m, dim)`, in descending order of the training set's variance.

    Raises:
        ValueError: where the shapes differ, `dim` exceeds the number of training examples or of
            features, or numbers are not finite.

    Example:

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(50, 2, 3))
    >>> pca_codes(x, x[:10], dim=2).shape
    (10, 2)

    Reference:
        Baldi & Hornik, "Neural Networks and Principal Component Analysis", 1989.
    """
    components, rows = _fitted(x_train, x_test, dim)
    return components.transform(rows).astype("float32")


def pca_reconstruction_mse(x_train, x_test, dim):
    """The mean squared error of reconstructions from the first principal components, per entry.

    Args:
        x_train, x_test, dim: as in `pca_codes`.

    Returns:
        A float, comparable with `reconstruction_mse` of a model with `latent_dim=dim`.

    Raises:
        ValueError: as `pca_codes`.

    Example:

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(50, 3))
    >>> bool(pca_reconstruction_mse(x, x, dim=3) < 1e-10)   # all of the variance
    True

    Reference:
        Baldi & Hornik, "Neural Networks and Principal Component Analysis", 1989.
    """
    components, rows = _fitted(x_train, x_test, dim)
    back = components.inverse_transform(components.transform(rows))
    return float(np.mean(np.square(back - rows), dtype="float64"))


def _fitted(x_train, x_test, dim):
    """scikit-learn's PCA fitted to the training set, and the test set as rows."""
    from sklearn.decomposition import PCA

    dim = check_whole("dim", dim)
    train, test = flat_rows(x_train, "x_train"), flat_rows(x_test, "x_test")
    if np.shape(x_train)[1:] != np.shape(x_test)[1:]:
        raise ValueError(
            "`x_train` and `x_test` must hold examples of one shape. "
            f"Received: shapes {np.shape(x_train)} and {np.shape(x_test)}"
        )
    if dim > min(train.shape):
        raise ValueError(
            "`dim` must not exceed the number of training examples, nor of features. "
            f"Received: dim={dim}, {train.shape[0]} examples of {train.shape[1]} features"
        )
    # Of examples that are all equal scikit-learn divides 0 by 0, for a share that is not used here.
    # The solver for large matrices draws a random start.
    with np.errstate(invalid="ignore"):
        return PCA(dim, random_state=0).fit(train), test
