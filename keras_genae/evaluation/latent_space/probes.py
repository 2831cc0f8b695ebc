"""What can be read off the latent vectors by a simple predictor."""

import numpy as np

from keras_genae.evaluation.latent_space.latent_checks import check_labels, check_latents, is_scale


def linear_probe(z_train, y_train, z_test, y_test):
    """How well a linear model predicts `y` from latent vectors it has not seen.

    Each unit is scaled to unit variance; then logistic regression for classes, ridge regression for
    a scale, both with scikit-learn's default penalty.

    Args:
        z_train, z_test: latent vectors `(n, latent_dim)`, each set's own n.
        y_train, y_test: a label for each, `(n,)`. Floats are a scale; whole numbers, booleans and
            texts are classes.

    Returns:
        A float: of classes the accuracy on the test set, the share of right answers; of a scale R²
        there, 1 for a perfect prediction and 0 for one no better than the mean.

    Raises:
        ValueError: where shapes do not fit, numbers are not finite, a label never changes, or most
            classes come only once.

    Example:

    >>> import numpy as np
    >>> z = np.random.default_rng(0).normal(size=(200, 3))
    >>> y = z[:, 0] > 0
    >>> linear_probe(z[:100], y[:100], z[100:], y[100:]) > 0.9
    True

    Reference:
        Alain & Bengio, "Understanding Intermediate Layers Using Linear Classifier Probes", 2016.
    """
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    data = _checked(z_train, y_train, z_test, y_test)
    predictor = Ridge() if is_scale(data[1]) else LogisticRegression(max_iter=1000)
    return _test_score(make_pipeline(StandardScaler(), predictor), *data)


def neighbour_probe(z_train, y_train, z_test, y_test, neighbours=5):
    """How well the nearest latent vectors predict `y`: whether like lies beside like.

    Euclidean distance in the latent space as it is: no unit is scaled.

    Args:
        z_train, y_train, z_test, y_test: as in `linear_probe`.
        neighbours: how many of the training set vote, or are averaged.

    Returns:
        A float, accuracy or R², as `linear_probe`.

    Raises:
        ValueError: as `linear_probe`, or with fewer training examples than neighbours.

    Example:

    >>> import numpy as np
    >>> z = np.random.default_rng(0).normal(size=(400, 2))
    >>> circle = np.linalg.norm(z, axis=1)
    >>> neighbour_probe(z[:200], circle[:200], z[200:], circle[200:]) > 0.8
    True
    >>> linear_probe(z[:200], circle[:200], z[200:], circle[200:]) < 0.2
    True

    Reference:
        Cover & Hart, "Nearest Neighbor Pattern Classification", 1967.
    """
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    data = _checked(z_train, y_train, z_test, y_test)
    if not 1 <= neighbours <= len(data[0]):
        raise ValueError(
            "`neighbours` must be at least 1, and no more than the training examples. "
            f"Received: neighbours={neighbours}, {len(data[0])} training examples"
        )
    predictor = KNeighborsRegressor if is_scale(data[1]) else KNeighborsClassifier
    return _test_score(predictor(neighbours), *data)


def _checked(z_train, y_train, z_test, y_test):
    z_train = check_latents("z_train", z_train)
    z_test = check_latents("z_test", z_test)
    if z_train.shape[1] != z_test.shape[1]:
        raise ValueError(
            "`z_train` and `z_test` must have the same number of units. "
            f"Received: shapes {z_train.shape} and {z_test.shape}"
        )
    y_train = check_labels("y_train", y_train, len(z_train))
    y_test = check_labels("y_test", y_test, len(z_test), are_learnt=False)
    if is_scale(y_train) != is_scale(y_test):
        raise ValueError(
            "`y_train` and `y_test` must both be floats (a scale), or neither (classes). "
            f"Received: dtypes {y_train.dtype} and {y_test.dtype}"
        )
    return z_train, y_train, z_test, y_test


def _test_score(predictor, z_train, y_train, z_test, y_test):
    predictor = predictor.fit(z_train, y_train)
    if is_scale(y_test):
        return float(predictor.score(z_test, y_test))
    return float(np.mean(predictor.predict(z_test) == y_test))
